"""Rules for new passwords and PINs, and their hashes."""

import threading
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access import passwords
from server.access.passwords import (
    MAX_HASHES_AT_ONCE,
    MAX_HASHES_WAITING,
    MAX_PASSWORD,
    Hasher,
    TooManyHashes,
    Weakness,
    WeakPassword,
    check_new_password,
    check_new_pin,
)
from support.waiting import until

CONTEXT = ("Nguyễn Văn An", "UBND phường Bến Nghé")


def weakness_of(password: str) -> Weakness | None:
    try:
        check_new_password(password, CONTEXT)
    except WeakPassword as error:
        return error.weakness
    return None


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("bảy chữ", Weakness.TOO_SHORT),
        ("x7#kq2!", Weakness.TOO_SHORT),
        ("password", Weakness.COMMON),
        ("PassWord1", Weakness.COMMON),
        ("12345678", Weakness.COMMON),
        ("aaaaaaaaaaaa", Weakness.COMMON),
        ("abababababab", Weakness.COMMON),
        ("matkhau123", Weakness.COMMON),
        ("Mật khẩu 123", Weakness.COMMON),
        ("anh yêu em", Weakness.COMMON),
        ("Việt Nam 123", Weakness.COMMON),
        ("nguyenvanan99", Weakness.NAMES_ONLY),
        ("An Văn Nguyễn!", Weakness.NAMES_ONLY),
        ("UBND phường Bến Nghé", Weakness.NAMES_ONLY),
        ("Luot2026", Weakness.NAMES_ONLY),
        ("luot-mat-khau-luot", None),
        ("bốn con cá vàng", None),
        ("tám chữ!", None),
        ("xxxxxxxq wwz", None),
        ("correct horse", None),
        ("     trống     ", None),
        ("Nguyễn Văn An thích ăn phở", None),
        ("密码由中文组成的", None),
    ],
)
def test_a_new_password_is_long_enough_uncommon_and_more_than_names(password: str, weakness: Weakness | None) -> None:
    assert weakness_of(password) == weakness


def test_sixty_four_characters_and_more_are_possible_and_a_flood_is_not() -> None:
    assert weakness_of("cá vàng " * 8) is None
    assert weakness_of("áàảãạ" * (MAX_PASSWORD // 5)) is None
    assert weakness_of("ab cd" * MAX_PASSWORD) is Weakness.TOO_LONG


def test_the_list_of_common_passwords_has_three_thousand_that_are_long_enough() -> None:
    lines = (Path(passwords.__file__).parent / passwords.COMMON_FILE).read_text("utf-8").splitlines()
    long_enough = {line for line in lines if len(line) >= passwords.MIN_PASSWORD and line == line.casefold()}
    assert len(long_enough) == len(lines)
    assert len(long_enough) > 5000


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_is_judged(password: str) -> None:
    weakness_of(password)


@pytest.mark.parametrize(
    "pin",
    ["123456", "654321", "000000", "111111", "890123", "121212", "123123", "112233", "147258"],
)
def test_a_pin_that_is_guessed_first_is_refused(pin: str) -> None:
    with pytest.raises(WeakPassword, match="easy_pin"):
        check_new_pin(pin)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", " 482913", "482913\n"])
def test_a_pin_has_six_digits(pin: str) -> None:
    with pytest.raises(WeakPassword, match="not_six_digits"):
        check_new_pin(pin)


@given(st.integers(0, 999_999))
def test_most_pins_are_possible(number: int) -> None:
    pin = f"{number:06}"
    try:
        check_new_pin(pin)
    except WeakPassword:
        assert len(set(pin)) <= 3 or pin in passwords.COMMON_PINS or pin in "01234567890123459876543210987654"


@pytest.fixture(scope="module", autouse=True)
def password_costs() -> None:
    """Keep the real costs, which are tested here."""


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher()


def test_a_hash_is_argon2id_with_the_least_that_is_recommended(hasher: Hasher) -> None:
    secret_hash = hasher.hash("bốn con cá vàng")
    assert secret_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert secret_hash != hasher.hash("bốn con cá vàng"), "each has a salt of its own"
    assert not hasher.is_outdated(secret_hash)


def test_a_password_is_compared_unchanged_and_whole(hasher: Hasher) -> None:
    password = "Bốn con cá vàng " * 10 + "x"
    secret_hash = hasher.hash(password)
    assert hasher.verify(secret_hash, password)
    for wrong in (password.lower(), password[:-1], password + "x", f" {password}", password[:72], ""):
        assert not hasher.verify(secret_hash, wrong)


def test_keyboards_that_compose_accents_differently_type_the_same_password(hasher: Hasher) -> None:
    secret_hash = hasher.hash(unicodedata.normalize("NFD", "bốn con cá vàng"))
    assert hasher.verify(secret_hash, unicodedata.normalize("NFC", "bốn con cá vàng"))


def test_megabytes_are_not_hashed(hasher: Hasher) -> None:
    assert not hasher.verify(hasher.hash("x" * 8), "x" * 10_000_000)


def test_a_damaged_hash_opens_nothing(hasher: Hasher) -> None:
    for damaged in ("", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", hasher.hash("x" * 8)[:-3]):
        assert not hasher.verify(damaged, "x" * 8)


def test_a_hash_with_other_parameters_is_outdated(hasher: Hasher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    weaker = Hasher().hash("bốn con cá vàng")
    assert hasher.is_outdated(weaker)
    assert hasher.verify(weaker, "bốn con cá vàng")


def test_two_hashes_are_computed_at_once_and_a_flood_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    hasher = Hasher()
    gate, running, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    class SlowArgon2:
        def hash(self, _secret: str) -> str:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            gate.wait()
            with lock:
                running[0] -= 1
            return "hashed"

    monkeypatch.setattr(hasher, "_argon2", SlowArgon2())
    threads = [threading.Thread(target=hasher.hash, args=("x",)) for _ in range(MAX_HASHES_WAITING)]
    for thread in threads:
        thread.start()
    until(lambda: hasher._waiting._value == 0 and running[0] == MAX_HASHES_AT_ONCE)
    with pytest.raises(TooManyHashes):
        hasher.hash("x")
    gate.set()
    for thread in threads:
        thread.join()
    assert most[0] == MAX_HASHES_AT_ONCE
    assert hasher.hash("x") == "hashed"
