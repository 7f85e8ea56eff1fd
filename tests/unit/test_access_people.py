"""People: ids, changes, and the last administrator."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import DAY, PASSWORD, AccessBench, cheap_hashes
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from server.access import person_values
from server.access.access import Access
from server.access.database import AccessEvent
from server.access.passwords import WeakPassword
from server.access.people import LastAdministrator, UnknownPerson
from server.access.person_values import InvalidPerson, new_pseudonym, sign_in_name
from server.access.sign_in import SignInRefused
from server.domain.permissions import Role
from server.wire.messages.basics import Id


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccessBench]:
    cheap_hashes(monkeypatch)
    bench = AccessBench(tmp_path)
    yield bench
    bench.access.close()


def test_a_sign_in_name_is_made_from_the_name_and_nobody_else_has_it(bench: AccessBench) -> None:
    names = ("Nguyễn Văn An", "nguyen van  AN", "Đặng Thị Ướt", "李雷")
    sign_in_names = [bench.person(name, password=None).sign_in_name for name in names]
    assert sign_in_names == ["nguyen-van-an", "nguyen-van-an-2", "dang-thi-uot", "person"]
    long = bench.person("Nguyễn " * 11, password=None).sign_in_name
    assert len(long) <= 40
    assert not long.endswith("-")


def test_an_id_says_nothing_about_the_person(bench: AccessBench) -> None:
    ids = [bench.person("Nguyễn Văn An", password=None).id for _person in range(5)]
    assert len(set(ids)) == 5
    for pseudonym in ids:
        assert re.fullmatch(r"p-[2-9a-hjkmnp-z]{6}", pseudonym)
        TypeAdapter(Id).validate_python(pseudonym)


def test_an_id_that_somebody_has_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["7K2M9Q", "7K2M9Q", "4HXT2A"])
    monkeypatch.setattr(person_values, "new_code", lambda _length: next(codes))
    assert new_pseudonym({"an", "p-7k2m9q"}) == "p-4hxt2a"


def test_another_sign_in_name_is_good_at_once_and_the_old_one_no_more(bench: AccessBench) -> None:
    person, other = bench.person("Nguyễn Văn An"), bench.person("Trần Thị Bình")
    token = bench.sign_in("nguyen-van-an")
    changed = bench.access.people.change("x", person.id, sign_in_name=" Văn Ân ")
    assert (changed.id, changed.sign_in_name, changed.name) == (person.id, "van-an", "Nguyễn Văn An")
    assert bench.is_open(token)
    bench.sign_in("van an")
    with pytest.raises(SignInRefused):
        bench.sign_in("nguyen-van-an")
    bench.access.sign_in.prove(token, PASSWORD, "192.168.1.21")
    assert bench.person("Nguyễn Văn An", password=None).sign_in_name == "nguyen-van-an"
    for taken_or_wrong in (other.sign_in_name, "Trần thị bình", "", " - ", "李雷", "x" * 41):
        with pytest.raises(InvalidPerson, match="sign_in_name"):
            bench.access.people.change("x", person.id, sign_in_name=taken_or_wrong)
    assert bench.access.people.get(person.id) == changed
    assert "van-an" not in str(bench.access.log.page()), "the log keeps neither name"


def test_the_sign_in_name_is_found_however_it_is_typed() -> None:
    typed = ["nguyen-van-an", "Nguyễn Văn An", " NGUYEN  VAN AN ", "nguyen.van.an", "Nguyễn Văn An"]
    assert {sign_in_name(text) for text in typed} == {"nguyen-van-an"}


@given(st.text())
def test_any_typed_name_becomes_a_sign_in_name_or_nothing(typed: str) -> None:
    name = sign_in_name(typed)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert sign_in_name(name) == name


def test_a_clerk_of_the_office_keeps_the_id(bench: AccessBench) -> None:
    person = bench.access.people.create("system", "Nguyễn Thị An", "vi", [Role.CLERK], person_id="an")
    assert (person.id, person.sign_in_name) == ("an", "nguyen-thi-an")
    for taken_or_wrong in ("an", "An", "a b", "", "x" * 41, "a/b"):
        with pytest.raises(InvalidPerson, match="id"):
            bench.access.people.create("system", "Nguyễn Thị An", "vi", [Role.CLERK], person_id=taken_or_wrong)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "An\x00", "An\u202e", "An\u200b"])
def test_a_name_that_cannot_be_shown_is_refused(bench: AccessBench, name: str) -> None:
    with pytest.raises(InvalidPerson, match="name"):
        bench.access.people.create("system", name, "vi", [Role.CLERK])


def test_a_name_with_a_line_break_becomes_one_line(bench: AccessBench) -> None:
    assert bench.person("An\nBình\t Chi", password=None).name == "An Bình Chi"


@pytest.mark.parametrize("roles", [[], [Role.VISITOR], [Role.CLERK, Role.SYSTEM], [Role.STATION], [Role.PROGRAM]])
def test_a_person_has_a_role_and_only_one_of_people(bench: AccessBench, roles: list[Role]) -> None:
    with pytest.raises(InvalidPerson, match="roles"):
        bench.access.people.create("system", "An", "vi", roles)
    person = bench.person()
    with pytest.raises(InvalidPerson, match="roles"):
        bench.access.people.change("system", person.id, roles=roles)


def test_another_language_than_ours_is_refused(bench: AccessBench) -> None:
    with pytest.raises(InvalidPerson, match="language"):
        bench.access.people.create("system", "An", "fr", [Role.CLERK])


def test_the_last_administrator_keeps_the_role_and_stays(bench: AccessBench) -> None:
    people = bench.access.people
    assert not people.has_administrator()
    first = bench.person("Một", Role.ADMINISTRATOR, Role.MANAGER)
    assert people.has_administrator()
    for change in (
        lambda: people.change("x", first.id, roles=[Role.MANAGER]),
        lambda: people.deactivate("x", first.id),
    ):
        with pytest.raises(LastAdministrator):
            change()
    assert bench.access.people.get(first.id) == first
    people.change("x", first.id, roles=[Role.ADMINISTRATOR])

    second = bench.person("Hai", Role.ADMINISTRATOR)
    people.deactivate("x", first.id)
    with pytest.raises(LastAdministrator):
        people.deactivate("x", second.id)
    people.deactivate("x", first.id)  # an inactive one is no administrator who could be the last
    people.activate("x", first.id)
    people.set_password("x", first.id, PASSWORD)
    people.change("x", second.id, roles=[Role.CLERK])
    with pytest.raises(LastAdministrator):
        people.change("x", first.id, roles=[Role.CLERK])
    assert people.has_administrator()


def test_an_administrator_who_never_signed_in_is_not_counted(bench: AccessBench) -> None:
    people = bench.access.people
    first = bench.person("Một", Role.ADMINISTRATOR)
    second = bench.person("Hai", Role.ADMINISTRATOR, password=None)
    one_time = people.set_one_time_password("x", second.id)
    bench.sign_in("hai", one_time)
    for change in (
        lambda: people.change("x", first.id, roles=[Role.CLERK]),
        lambda: people.deactivate("x", first.id),
    ):
        with pytest.raises(LastAdministrator):
            change()
    people.set_password("x", second.id, "sáu con cá vàng bơi")
    people.deactivate("x", first.id)


def test_an_administrator_who_signed_in_with_the_provider_is_counted(bench: AccessBench) -> None:
    people = bench.access.people
    first = bench.person("Một", Role.ADMINISTRATOR)
    second = bench.person("Hai", Role.ADMINISTRATOR, password=None)
    people.set_oidc_subject("x", second.id, "https://id.example 7")
    with pytest.raises(LastAdministrator):
        people.deactivate("x", first.id)
    bench.access.sessions.open(second, "oidc", "web-1", "10.0.0.7")
    people.deactivate("x", first.id)
    for subject in (None, "https://id.example 8"):
        with pytest.raises(LastAdministrator):
            people.set_oidc_subject("x", second.id, subject)
    people.set_password("x", second.id, PASSWORD)
    people.set_oidc_subject("x", second.id, None)


def test_a_deactivated_person_loses_password_pin_and_sessions(bench: AccessBench) -> None:
    people, person = bench.access.people, bench.person()
    people.set_pin("x", person.id, "482913")
    token = bench.sign_in(person.sign_in_name)
    people.deactivate("x", person.id)
    assert not bench.is_open(token)
    with pytest.raises(SignInRefused):
        bench.sign_in(person.sign_in_name)
    for change in (
        lambda: people.set_password("x", person.id, "sáu con cá vàng"),
        lambda: people.set_one_time_password("x", person.id),
        lambda: people.set_pin("x", person.id, "482913"),
    ):
        with pytest.raises(UnknownPerson):
            change()
    people.activate("x", person.id)
    again = people.get(person.id)
    assert again is not None
    assert (again.active, again.has_password, again.has_pin) == (True, False, False)


def test_other_roles_end_the_sessions_and_another_name_does_not(bench: AccessBench) -> None:
    person = bench.person()
    token = bench.sign_in(person.sign_in_name)
    bench.access.people.change("x", person.id, name="Trần Thị  Bình An", language="en", roles=[Role.CLERK])
    session = bench.access.sessions.find(token)
    assert session is not None
    assert (session.person.name, session.person.language) == ("Trần Thị Bình An", "en")
    bench.access.people.change("x", person.id, roles=[Role.CLERK, Role.MANAGER])
    assert not bench.is_open(token)


def test_a_new_password_ends_the_other_sessions(bench: AccessBench) -> None:
    person = bench.person()
    mine, other = bench.sign_in(person.sign_in_name), bench.sign_in(person.sign_in_name)
    bench.access.people.set_password(person.id, person.id, "sáu con cá vàng", keep_token=mine)
    assert (bench.is_open(mine), bench.is_open(other)) == (True, False)
    bench.access.people.set_password("root", person.id, "bảy con cá vàng")
    assert not bench.is_open(mine)


def test_a_new_password_follows_the_rules_and_differs_from_the_old_one(bench: AccessBench) -> None:
    person = bench.person()
    for password, office, weakness in (
        ("ngắn", "", "too_short"),
        ("tranthibinh1", "", "names_only"),
        ("Phường Mẫu 1", "Phường Mẫu", "names_only"),
        (PASSWORD, "", "same_as_old"),
    ):
        with pytest.raises(WeakPassword, match=weakness):
            bench.access.people.set_password("x", person.id, password, office_name=office)
    bench.sign_in(person.sign_in_name)


def test_a_one_time_password_must_be_changed_and_ends_after_three_days(bench: AccessBench) -> None:
    people, person = bench.access.people, bench.person()
    old = bench.sign_in(person.sign_in_name)
    password = people.set_one_time_password("root", person.id)
    assert not bench.is_open(old)
    with pytest.raises(SignInRefused):
        bench.sign_in(person.sign_in_name)
    token = bench.sign_in(person.sign_in_name, password)
    session = bench.access.sessions.find(token)
    assert session is not None
    assert session.person.must_change_password

    bench.now_ms += 3 * DAY
    with pytest.raises(SignInRefused):
        bench.sign_in(person.sign_in_name, password)
    people.set_password(person.id, person.id, "sáu con cá vàng")
    bench.now_ms += 400 * DAY
    bench.sign_in(person.sign_in_name, "sáu con cá vàng")
    changed = people.get(person.id)
    assert changed is not None
    assert not changed.must_change_password


def test_the_subject_of_the_openid_provider_belongs_to_one_person(bench: AccessBench) -> None:
    people, first, second = bench.access.people, bench.person(), bench.person("Hai")
    people.set_oidc_subject("x", first.id, "https://id.example|7")
    with pytest.raises(InvalidPerson, match="oidc_subject"):
        people.set_oidc_subject("x", second.id, "https://id.example|7")
    known = people.with_oidc_subject("https://id.example|7")
    assert known is not None
    assert known.id == first.id
    people.set_oidc_subject("x", first.id, None)
    assert people.with_oidc_subject("https://id.example|7") is None


def test_nobody_unknown_is_changed(bench: AccessBench) -> None:
    people = bench.access.people
    for change in (
        lambda: people.change("x", "nobody", name="An"),
        lambda: people.set_password("x", "nobody", "sáu con cá vàng"),
        lambda: people.set_pin("x", "nobody", "482913"),
        lambda: people.remove_pin("x", "nobody"),
        lambda: people.deactivate("x", "nobody"),
        lambda: people.activate("x", "nobody"),
        lambda: people.lift_locks("x", "nobody"),
    ):
        with pytest.raises(UnknownPerson):
            change()


def test_each_change_is_logged_with_its_actor_and_without_a_secret(bench: AccessBench) -> None:
    people, person = bench.access.people, bench.person()
    one_time = people.set_one_time_password("root", person.id, address="10.0.0.9")
    people.set_pin(person.id, person.id, "482913")
    people.remove_pin(person.id, person.id)
    people.remove_pin(person.id, person.id)
    people.change("quan-tri", person.id, roles=[Role.MANAGER], name="Bình")
    people.lift_locks("quan-tri", person.id)
    rows = list(reversed(bench.access.log.page()))
    assert [(row.kind, row.actor, row.subject) for row in rows] == [
        (AccessEvent.PERSON_CREATED, "system", person.id),
        (AccessEvent.PASSWORD_CHANGED, "system", person.id),
        (AccessEvent.PASSWORD_CHANGED, "root", person.id),
        (AccessEvent.PIN_CHANGED, person.id, person.id),
        (AccessEvent.PIN_REMOVED, person.id, person.id),
        (AccessEvent.PERSON_CHANGED, "quan-tri", person.id),
        (AccessEvent.LOCK_LIFTED, "quan-tri", person.id),
    ]
    assert rows[5].detail == {"fields": ["name", "roles"], "roles": ["manager"]}
    text = repr(rows)
    assert not any(secret in text for secret in (PASSWORD, one_time, "482913", "argon2", "Bình"))


def test_another_process_that_changes_a_person_is_noticed_within_a_second(bench: AccessBench) -> None:
    person = bench.person()
    token = bench.sign_in(person.sign_in_name)
    assert bench.is_open(token)
    root = Access.open(bench.state, lambda: bench.now_ms)
    root.people.set_one_time_password("root", person.id)
    root.people.create("root", "Người khác", "vi", [Role.ADMINISTRATOR])
    root.close()
    bench.now_ms += 1000
    assert not bench.is_open(token)
    assert bench.access.people.has_administrator()


def test_a_name_is_erased_although_somebody_signs_in_by_its_pseudonym(bench: AccessBench) -> None:
    people, person, other = bench.access.people, bench.person("Nguyễn Văn An"), bench.person("Trần Thị Bình")
    people.change("x", other.id, sign_in_name=person.id)
    people.deactivate("x", person.id)
    people.erase_name("x", person.id)
    erased = people.get(person.id)
    assert erased is not None
    assert (erased.name, erased.sign_in_name) == (person.id, f"{person.id}-2")
