"""Sign-in: betrays no account, and locks nobody out for others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import (
    BOX,
    BROWSER,
    DESK_PC,
    MINUTE,
    PASSWORD,
    STRANGER_PC,
    AccessBench,
    cheap_hashes,
    count_hashes,
)
from sqlalchemy import func, insert, select, update

from server.access import passwords
from server.access import schema as t
from server.access.database import AccessEvent
from server.access.device import DeviceDetails, NewDevice
from server.access.sign_in import MAX_PIN_TRIES, SignInBusy, SignInLocked, SignInRefused
from server.access.throttling import ADDRESS, MAX_DELAY_MS
from server.domain.permissions import Role
from server.wire.messages import DeviceKind

PIN, WRONG_PIN = "482913", "482914"
DEVICE = "quay-3-pc"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccessBench]:
    cheap_hashes(monkeypatch)
    bench = AccessBench(tmp_path)
    _add_device(bench, DEVICE, "browser")
    yield bench
    bench.access.close()


def _add_device(bench: AccessBench, device: str, kind: str) -> None:
    with bench.access.database.transaction() as connection:
        connection.execute(
            insert(t.device).values(
                id=device,
                kind=kind,
                name="",
                place="",
                counters=[],
                enrolled_ms=bench.now_ms,
                enrolled_by="x",
                address="",
            )
        )


def with_pin(bench: AccessBench, name: str, pin: str = PIN, device: str = DEVICE) -> str:
    return bench.access.sign_in.with_pin(name, pin, DESK_PC, BROWSER, device)[1]


def test_a_person_signs_in_by_any_spelling_of_the_name(bench: AccessBench) -> None:
    person = bench.person("Nguyễn Văn An")
    for typed in ("nguyen-van-an", "Nguyễn Văn An", " NGUYEN VAN AN"):
        signed_in, token = bench.access.sign_in.with_password(typed, PASSWORD, DESK_PC, BROWSER)
        assert signed_in == person
        assert bench.is_open(token)


def test_unknown_inactive_and_wrong_cost_the_same_work_and_say_the_same(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hashes are counted, not the time, so that the test holds on any machine."""
    bench.person("Nguyễn Văn An")
    bench.person("Chưa có", password=None)
    bench.access.people.deactivate("x", bench.person("Nghỉ việc").id)
    bench.access.people.set_one_time_password("x", bench.person("Hết hạn", password=None).id)
    bench.now_ms += 4 * 24 * 3_600_000
    taken = count_hashes(monkeypatch, bench)
    seen = set()
    for name in ("nguyen-van-an", "chua-co", "nghi-viec", "het-han", "không ai", "", "x" * 5000, "\x00"):
        with pytest.raises(SignInRefused) as refused:
            bench.access.sign_in.with_password(name, "sai mật khẩu rồi", STRANGER_PC + name[:1], BROWSER)
        seen.add((taken(), str(refused.value), type(refused.value)))
    assert seen == {(1, "name and secret do not belong together", SignInRefused)}


@pytest.mark.parametrize("address", [BOX, STRANGER_PC])
def test_an_unknown_name_is_locked_like_a_known_one(bench: AccessBench, address: str) -> None:
    bench.person("Nguyễn Văn An")

    def history(name: str, first: int) -> list[str]:
        """Try from other addresses each time, for the account's own counter."""
        results = []
        for number in range(12):
            source = address if address == BOX else f"10.{first}.{number}.1"
            results.append(bench.try_wrong(name, source))
            bench.now_ms += 5_000
        return results

    known = history("nguyen-van-an", 1)
    if address == BOX:
        bench.access.throttle.forgive([f"address:{BOX}"])
    assert history("khong-co-ai", 2) == known
    assert "locked" in known


def test_an_attacker_elsewhere_locks_nobody_out_of_known_pcs_and_the_box(bench: AccessBench) -> None:
    person = bench.person()
    bench.sign_in(person.sign_in_name, address=DESK_PC)
    for number in range(300):
        bench.try_wrong(person.sign_in_name, f"10.0.{number}.1")
    assert bench.try_wrong(person.sign_in_name, "10.9.9.9") == "locked"
    assert bench.is_open(bench.sign_in(person.sign_in_name, address=DESK_PC))
    assert bench.is_open(bench.sign_in(person.sign_in_name, address=BOX))
    with pytest.raises(SignInLocked) as locked:
        bench.sign_in(person.sign_in_name, address="192.168.1.77")
    assert locked.value.until_ms <= bench.now_ms + MAX_DELAY_MS
    bench.access.people.lift_locks("quan-tri", person.id)
    assert bench.is_open(bench.sign_in(person.sign_in_name, address="192.168.1.77"))


def test_an_attacker_at_a_known_pc_locks_that_pc_only(bench: AccessBench) -> None:
    person = bench.person()
    for address in (DESK_PC, "192.168.1.22"):
        bench.sign_in(person.sign_in_name, address=address)
    while bench.try_wrong(person.sign_in_name, DESK_PC) == "refused":
        pass
    bench.sign_in(person.sign_in_name, address="192.168.1.22")
    bench.sign_in(person.sign_in_name, address="192.168.1.23")


def test_one_address_that_tries_many_names_is_locked(bench: AccessBench) -> None:
    results = [bench.try_wrong(f"ten-{number}", STRANGER_PC) for number in range(30)]
    assert results == ["refused"] * 11 + ["locked"] * 19
    bench.now_ms += MAX_DELAY_MS
    assert bench.try_wrong("ten-1", STRANGER_PC) == "refused"


def test_an_own_account_takes_back_no_guesses_at_others(bench: AccessBench) -> None:
    bench.person("Trần Thị Bình")
    for number in range(ADDRESS.free):
        bench.try_wrong(f"nguoi-la-{number}", STRANGER_PC)
    bench.sign_in("tran-thi-binh", address=STRANGER_PC)
    bench.try_wrong("nguoi-la-khac", STRANGER_PC)
    assert bench.try_wrong("nguoi-la-nua", STRANGER_PC) == "locked"


def test_a_locked_account_takes_no_hash_and_no_right_password(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = bench.person()
    while bench.try_wrong(person.sign_in_name, STRANGER_PC) == "refused":
        pass
    taken = count_hashes(monkeypatch, bench)
    with pytest.raises(SignInLocked):
        bench.sign_in(person.sign_in_name, address=STRANGER_PC)
    assert taken() == 0


def test_each_try_is_counted_before_its_password_is_checked(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred tries at once are no more than one after the other."""
    person = bench.person()
    results: list[str] = []
    real = bench.access.sign_in._hasher.verify

    def verify(secret_hash: str | None, secret: str) -> bool:
        """Begin the next try before this one has its answer."""
        if len(results) < 100:
            results.append("begun")
            results.append(bench.try_wrong(person.sign_in_name, STRANGER_PC))
        return real(secret_hash, secret)

    monkeypatch.setattr(bench.access.sign_in._hasher, "verify", verify)
    bench.try_wrong(person.sign_in_name, STRANGER_PC)
    assert results.count("begun") <= 5


def test_a_right_password_forgives_the_wrong_ones_of_its_place(bench: AccessBench) -> None:
    person = bench.person()
    for _day in range(10):
        for _try in range(4):
            assert bench.try_wrong(person.sign_in_name, DESK_PC) == "refused"
        bench.sign_in(person.sign_in_name, address=DESK_PC)
        bench.now_ms += 61 * MINUTE


def test_too_many_at_once_are_asked_to_wait_and_nothing_is_counted(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = bench.person()

    def refuse(_secret_hash: str | None, _secret: str) -> bool:
        raise passwords.TooManyHashes("too many")

    with monkeypatch.context() as patched:
        patched.setattr(bench.access.sign_in._hasher, "verify", refuse)
        for _try in range(50):
            with pytest.raises(SignInBusy):
                bench.sign_in(person.sign_in_name)
    assert bench.is_open(bench.sign_in(person.sign_in_name))


def test_a_password_that_is_changed_while_it_is_checked_opens_nothing(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = bench.person()
    real = bench.access.sign_in._hasher.verify

    def verify(secret_hash: str | None, secret: str) -> bool:
        is_right = real(secret_hash, secret)
        with bench.access.database.transaction() as connection:
            connection.execute(update(t.person).values(password_hash="changed"))
        return is_right

    monkeypatch.setattr(bench.access.sign_in._hasher, "verify", verify)
    with pytest.raises(SignInRefused):
        bench.sign_in(person.sign_in_name)
    assert bench.access.sessions.all() == []


def test_an_outdated_hash_is_renewed_at_the_sign_in(bench: AccessBench, monkeypatch: pytest.MonkeyPatch) -> None:
    person = bench.person()
    monkeypatch.setattr(passwords, "MEMORY_KIB", 128)
    bench.reopen()
    bench.sign_in(person.sign_in_name)
    with bench.access.database.transaction(quiet=True) as connection:
        stored = connection.execute(select(t.person.c.password_hash)).scalar_one()
    assert "m=128," in stored
    bench.sign_in(person.sign_in_name)


def test_the_known_addresses_of_a_person_are_bounded(bench: AccessBench) -> None:
    person = bench.person()
    for number in range(25):
        bench.now_ms += 1
        bench.sign_in(person.sign_in_name, address=f"10.0.0.{number}")
    with bench.access.database.transaction(quiet=True) as connection:
        addresses = connection.execute(select(t.known_address.c.address)).scalars().all()
    assert sorted(addresses) == sorted(f"10.0.0.{number}" for number in range(5, 25))


def test_what_was_typed_as_a_name_is_never_logged(bench: AccessBench) -> None:
    """Somebody may type the password into the field of the name."""
    person = bench.person("Nguyễn Văn An")
    bench.try_wrong(PASSWORD)
    bench.try_wrong("nguyen-van-an")
    rows = [row for row in bench.access.log.page() if row.kind == AccessEvent.SIGN_IN_REFUSED]
    assert [(row.actor, row.subject, row.address) for row in rows] == [
        ("", person.id, DESK_PC),
        ("", "", DESK_PC),
    ]
    with bench.access.database.transaction(quiet=True) as connection:
        stored = repr([connection.execute(select(table)).all() for table in t.metadata.sorted_tables])
    assert "vàng" not in stored
    assert "bon-con-ca-vang" not in stored


def test_a_fresh_proof_of_the_password_renews_the_session(bench: AccessBench) -> None:
    person = bench.person()
    token = bench.sign_in(person.sign_in_name)
    bench.now_ms += 11 * MINUTE
    session = bench.access.sessions.find(token)
    assert session is not None
    assert not session.is_fresh(bench.now_ms)
    with pytest.raises(SignInRefused):
        bench.access.sign_in.prove(token, "sai mật khẩu rồi", DESK_PC)
    renewed = bench.access.sign_in.prove(token, PASSWORD, DESK_PC)
    session = bench.access.sessions.find(renewed)
    assert session is not None
    assert session.is_fresh(bench.now_ms)
    assert not bench.is_open(token)
    with pytest.raises(SignInRefused):
        bench.access.sign_in.prove(token, PASSWORD, DESK_PC)


def test_guesses_of_the_proof_are_counted_too(bench: AccessBench) -> None:
    token = bench.sign_in(bench.person().sign_in_name)

    def tried() -> None:
        bench.access.sign_in.prove(token, "sai mật khẩu rồi", DESK_PC)

    for _try in range(5):
        with pytest.raises(SignInRefused):
            tried()
    with pytest.raises(SignInLocked):
        tried()


def test_a_pin_opens_a_session_at_an_enrolled_browser_only(bench: AccessBench) -> None:
    person = bench.person()
    bench.access.people.set_pin("x", person.id, PIN)
    _add_device(bench, "kiosk-1", "kiosk")
    _add_device(bench, "cu", "browser")
    with bench.access.database.transaction() as connection:
        connection.execute(update(t.device).where(t.device.c.id == "cu").values(removed_ms=1))
    session = bench.access.sessions.find(with_pin(bench, person.sign_in_name))
    assert session is not None
    assert session.method == "pin"
    assert not session.is_fresh(bench.now_ms), "a PIN proves no password"
    for device in ("kiosk-1", "cu", "khong-co", ""):
        with pytest.raises(SignInRefused):
            with_pin(bench, person.sign_in_name, device=device)


def test_a_pin_betrays_no_account_either(bench: AccessBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.access.people.set_pin("x", bench.person("Nguyễn Văn An").id, PIN)
    bench.person("Không có PIN")
    taken = count_hashes(monkeypatch, bench)

    def history(name: str) -> list[object]:
        results: list[object] = []
        for _try in range(6):
            try:
                with_pin(bench, name, WRONG_PIN)
            except (SignInRefused, SignInLocked) as error:
                results.append((type(error), taken(), getattr(error, "until_ms", 0) - bench.now_ms))
        bench.access.throttle.forgive([f"address:{DESK_PC}", f"browser:{DEVICE}"])
        return results

    first = history("nguyen-van-an")
    assert history("khong-co-pin") == history("khong-co-ai") == first
    assert SignInLocked in {result[0] for result in first if isinstance(result, tuple)}


def _wrong_pins(bench: AccessBench, name: str, number: int) -> None:
    counted = 0
    while counted < number:
        try:
            with_pin(bench, name, WRONG_PIN)
        except SignInRefused:
            counted += 1
        except SignInLocked as locked:
            assert locked.until_ms <= bench.now_ms + MAX_DELAY_MS
            bench.now_ms = locked.until_ms


def test_a_pin_dies_after_twenty_wrong_tries_however_slow(bench: AccessBench) -> None:
    person = bench.person()
    bench.access.people.set_pin("x", person.id, PIN)
    for _day in range(MAX_PIN_TRIES - 1):
        _wrong_pins(bench, person.sign_in_name, 1)
        bench.now_ms += 30 * 60 * MINUTE
    alive = bench.access.people.get(person.id)
    assert alive is not None
    assert alive.has_pin
    _wrong_pins(bench, person.sign_in_name, 1)
    dead = bench.access.people.get(person.id)
    assert dead is not None
    assert not dead.has_pin
    assert bench.access.log.page()[0].kind == AccessEvent.PIN_REMOVED
    bench.now_ms += MAX_DELAY_MS
    with pytest.raises(SignInRefused):
        with_pin(bench, person.sign_in_name)
    assert bench.is_open(bench.sign_in(person.sign_in_name)), "the password works on"


def test_a_right_pin_starts_the_count_of_its_life_afresh(bench: AccessBench) -> None:
    person = bench.person()
    bench.access.people.set_pin("x", person.id, PIN)
    for _round in range(3):
        _wrong_pins(bench, person.sign_in_name, MAX_PIN_TRIES - 1)
        bench.now_ms += MAX_DELAY_MS
        assert bench.is_open(with_pin(bench, person.sign_in_name))


def test_one_browser_that_tries_the_pins_of_many_is_locked(bench: AccessBench) -> None:
    results = []
    for number in range(14):
        try:
            bench.access.sign_in.with_pin(f"ten-{number}", PIN, f"10.0.0.{number}", BROWSER, DEVICE)
        except SignInRefused:
            results.append("refused")
        except SignInLocked:
            results.append("locked")
    assert results == ["refused"] * 11 + ["locked"] * 3


def test_a_flood_of_tries_fills_no_table(bench: AccessBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.access.throttling.MAX_ROWS_OF_KIND", 50)
    monkeypatch.setattr("server.access.database.MAX_LOG_ROWS", 60)
    for number in range(200):
        bench.try_wrong(f"ten-{number}", f"10.0.{number}.1")

    def rows(table: object) -> int:
        with bench.access.database.transaction(quiet=True) as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]

    assert rows(t.throttle) == 100
    assert rows(t.access_log) == 60


def test_an_administrator_is_no_exception(bench: AccessBench) -> None:
    person = bench.person("Quản trị", Role.ADMINISTRATOR)
    while bench.try_wrong(person.sign_in_name, STRANGER_PC) == "refused":
        pass
    with pytest.raises(SignInLocked):
        bench.sign_in(person.sign_in_name, address=STRANGER_PC)


def _enrol_browser(bench: AccessBench, device: str, token: str) -> None:
    details = DeviceDetails(f"Máy {device}", "", ())
    bench.access.devices.enrol("x", NewDevice(device, DeviceKind.BROWSER, details, token, None, DESK_PC))


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_removed_or_replaced_browser_ends_the_sessions_of_its_pins_only(
    bench: AccessBench, is_replaced: bool
) -> None:
    person = bench.person("Nguyễn Văn An")
    bench.access.people.set_pin("x", person.id, PIN)
    _enrol_browser(bench, "b-1", "one")
    _enrol_browser(bench, "b-2", "two")
    here, there = with_pin(bench, person.sign_in_name, device="b-1"), with_pin(bench, person.sign_in_name, device="b-2")
    elsewhere = bench.sign_in(person.sign_in_name)
    if is_replaced:
        new = NewDevice("any", DeviceKind.BROWSER, DeviceDetails(""), "three", None, DESK_PC)
        bench.access.devices.replace("x", "b-1", new)
    else:
        bench.access.devices.remove("x", "b-1")
    assert [bench.is_open(token) for token in (here, there, elsewhere)] == [False, True, True]


def test_a_browser_that_is_removed_during_the_sign_in_opens_no_session(
    bench: AccessBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = bench.person("Nguyễn Văn An")
    bench.access.people.set_pin("x", person.id, PIN)
    _enrol_browser(bench, "b-1", "one")
    hasher = bench.access.sign_in._hasher
    real = hasher.verify

    def verify_slowly(secret_hash: str | None, secret: str) -> bool:
        bench.access.devices.remove("x", "b-1")
        return real(secret_hash, secret)

    monkeypatch.setattr(hasher, "verify", verify_slowly)
    with pytest.raises(SignInRefused):
        with_pin(bench, person.sign_in_name, device="b-1")
    assert bench.access.sessions.all() == []
