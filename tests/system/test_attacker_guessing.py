"""Guess passwords, PINs, set-up and enrolment codes as fast as the server lets an attacker.

The attacker tries again the moment a lock ends, for days of the hall's clock. Counted are the secrets that the server
really compared: they decide how probable a hit is.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.access.access import Access
from server.access.device import DeviceDetails, NewDevice
from server.access.passwords import Hasher
from server.access.pending import EnrolmentRequest, PendingDevices, TooManyBeginnings, UnknownEnrolment, WrongCode
from server.access.person_values import sign_in_name
from server.access.setup_code import CODE_LENGTH, WrongSetupCode
from server.access.sign_in import PersonSignIn, SignInLocked, SignInRefused
from server.access.throttling import Locked
from server.access.tokens import CODE_ALPHABET, TOKEN_BYTES, new_token
from server.domain.permissions import Role
from server.wire.enrolment import CODE_DIGITS
from server.wire.messages import DeviceKind

MINUTE_MS, DAY_MS = 60_000, 24 * 3_600_000
PASSWORD, PIN = "chim bay ngang troi xanh", "483916"
OWN_PC = "10.77.0.20"


class CountingHasher(Hasher):
    """Counts comparisons with a real hash, and with that of nobody; each takes no time."""

    def __init__(self) -> None:
        super().__init__()
        self.compared, self.compared_with_nobody = 0, 0

    def verify(self, secret_hash: str | None, secret: str) -> bool:
        if secret_hash is None:
            self.compared_with_nobody += 1
        else:
            self.compared += 1
        return secret in (PASSWORD, PIN) and secret_hash is not None


@dataclass
class Attack:
    """An attacker at the sign-in, and the hall's clock."""

    access: Access
    hasher: CountingHasher
    sign_in: PersonSignIn
    clock: list[int]
    locked_at: list[int] = field(default_factory=list)

    def tries(self, guess: Callable[[], object]) -> int:
        """Guess once; move the clock to the end of a lock. Return the try's number of comparisons."""
        before = self.hasher.compared + self.hasher.compared_with_nobody
        try:
            guess()
        except SignInRefused:
            pass
        except (SignInLocked, Locked) as locked:
            assert self.clock[0] < locked.until_ms <= self.clock[0] + 15 * MINUTE_MS
            self.clock[0] = locked.until_ms
        return self.hasher.compared + self.hasher.compared_with_nobody - before

    def through(self, duration_ms: int, guess: Callable[[], object]) -> int:
        """Guess until ``duration_ms`` have passed; return how many guesses were compared."""
        end_ms = self.clock[0] + duration_ms
        compared = 0
        while self.clock[0] < end_ms:
            compared += self.tries(guess)
        return compared


@pytest.fixture
def attack(tmp_path: Path) -> Iterator[Attack]:
    clock = [1_900_000_000_000]
    with closing(Access.open(tmp_path, lambda: clock[0])) as access:
        hasher = CountingHasher()
        person = access.people.create("setup", "Nguyễn Văn An", "vi", {Role.CLERK})
        access.people.set_password("setup", person.id, PASSWORD)
        access.people.set_pin("setup", person.id, PIN)
        for number in range(3):
            details = DeviceDetails(f"Quầy {number}", "", ())
            new = NewDevice(f"browser-{number}", DeviceKind.BROWSER, details, new_token(), None, "")
            access.devices.enrol("setup", new)
        yield Attack(access, hasher, PersonSignIn(access.database, access.people, access.sessions, hasher), clock)


def wrong_password(attack: Attack, name: str = "nguyen-van-an") -> Callable[[], object]:
    """Return a guess at a password, from one of two hundred addresses."""
    addresses = iter(range(10**9))

    def guess() -> object:
        number = next(addresses) % 200
        return attack.sign_in.with_password(name, "wrong", f"10.77.1.{number}", "")

    return guess


def test_two_hundred_machines_together_compare_a_hundred_passwords_of_one_account_in_a_day(attack: Attack) -> None:
    assert attack.through(DAY_MS, wrong_password(attack)) <= 4 + 7 + 24 * 4
    assert attack.tries(wrong_password(attack)) <= 1


def test_the_owner_signs_in_at_the_own_pc_meanwhile(attack: Attack) -> None:
    attack.sign_in.with_password("nguyen-van-an", PASSWORD, OWN_PC, "")
    guess = wrong_password(attack)
    for _ in range(40):
        attack.tries(guess)
    person, token = attack.sign_in.with_password("Nguyễn Văn An", PASSWORD, OWN_PC, "")
    assert person.sign_in_name == "nguyen-van-an" and attack.access.sessions.find(token) is not None


def test_one_machine_compares_a_hundred_passwords_of_all_accounts_in_a_day(attack: Attack) -> None:
    names = iter(range(10**9))

    def guess() -> object:
        return attack.sign_in.with_password(f"nguoi {next(names)}", "wrong", "10.77.1.1", "")

    assert attack.through(DAY_MS, guess) <= 10 + 7 + 24 * 4 + 10


@pytest.mark.parametrize("pause_ms", [0, DAY_MS + 1])
def test_a_pin_is_gone_after_twenty_wrong_guesses_in_whatever_time_and_browsers(attack: Attack, pause_ms: int) -> None:
    numbers = iter(range(10**9))

    def guess() -> object:
        number = next(numbers)
        place = (f"10.77.1.{number % 200}", "", f"browser-{number % 3}")
        return attack.sign_in.with_pin("nguyen-van-an", f"{number % 10**6:06d}", *place)

    if pause_ms == 0:
        attack.through(DAY_MS, guess)
    for _ in range(30):
        attack.clock[0] += pause_ms
        attack.tries(guess)
    assert attack.hasher.compared <= 20  # of a million
    person = attack.access.people.with_sign_in_name("nguyen-van-an")
    assert person is not None and not person.has_pin
    attack.clock[0] += DAY_MS
    with pytest.raises(SignInRefused):
        attack.sign_in.with_pin("nguyen-van-an", PIN, OWN_PC, "", "browser-1")


def test_a_pin_is_compared_at_an_enrolled_browser_only(attack: Attack) -> None:
    for device in ("", "kiosk-1", "browser-9", "browser-1' OR '1'='1"):
        with pytest.raises(SignInRefused):
            attack.sign_in.with_pin("nguyen-van-an", PIN, "10.77.1.1", "", device)
    assert attack.hasher.compared == 0


@pytest.mark.parametrize("way", ["password", "pin"])
def test_a_name_that_nobody_has_costs_the_same_tries_locks_and_comparisons(attack: Attack, way: str) -> None:
    """Compare everything that a caller can notice, for an account and for none."""

    def noticed(name: str, address: str) -> list[tuple[str, int, int]]:
        start_ms, row = attack.clock[0], []
        for _ in range(25):
            before = attack.hasher.compared + attack.hasher.compared_with_nobody
            try:
                if way == "password":
                    attack.sign_in.with_password(name, "wrong", address, "")
                else:
                    attack.sign_in.with_pin(name, "111222", address, "", "browser-1")
                outcome = "signed in"
            except SignInRefused as error:
                outcome = str(error)
            except SignInLocked as locked:
                outcome = f"locked for {locked.until_ms - attack.clock[0]}"
                attack.clock[0] = locked.until_ms
            after = attack.hasher.compared + attack.hasher.compared_with_nobody
            row.append((outcome, after - before, attack.clock[0] - start_ms))
        attack.clock[0] += 2 * DAY_MS  # all tries are forgotten
        return row

    assert noticed("nguyen-van-an", "10.77.1.1") == noticed("nguyen-van-em", "10.77.1.1")


def test_a_set_up_code_is_guessed_a_hundred_times_in_its_day_and_works_once(attack: Attack) -> None:
    code = attack.access.setup_code.renew()
    assert code is not None
    end_ms, checked = attack.clock[0] + DAY_MS, 0
    while attack.clock[0] < end_ms:
        try:
            attack.access.setup_code.check(secrets.token_hex(6), "10.77.1.1")
        except WrongSetupCode:
            checked += 1
        except Locked as locked:
            attack.clock[0] = locked.until_ms
    assert checked <= 10 + 7 + 24 * 4 + 10
    assert checked / len(CODE_ALPHABET) ** CODE_LENGTH < 1e-15
    with pytest.raises(WrongSetupCode):  # a day later it is too old
        attack.access.setup_code.check(code, "10.77.1.2")


def test_a_set_up_code_that_was_used_opens_nothing(attack: Attack) -> None:
    code = attack.access.setup_code.renew()
    assert code is not None
    redeem = attack.access.setup_code.redeem
    redeem(code, "127.0.0.1", name="Quản Trị", language="vi", password=PASSWORD)
    with pytest.raises(WrongSetupCode):
        redeem(code, "10.77.1.1", name="Kẻ Gian", language="vi", password=PASSWORD)
    assert [person.name for person in attack.access.people.all() if Role.ADMINISTRATOR in person.roles] == ["Quản Trị"]


def test_a_machine_in_the_middle_gets_four_hundred_guesses_at_a_code_of_eight_digits() -> None:
    """Each beginning gives another code: one guess at the code that somebody types."""
    now = [0.0]
    pending = PendingDevices(lambda: now[0], lambda: 0, secrets.token_bytes)
    guesses = 0
    while now[0] < 900.0:  # so long a code can be typed
        try:
            request = EnrolmentRequest(DeviceKind.KIOSK, f"10.77.1.{guesses % 250}")
            pending.begin_station(request, b"c" * 32, b"h" * 32)
            guesses += 1
        except TooManyBeginnings as refused:
            assert refused.wait_s > 0
            now[0] += refused.wait_s
    assert guesses <= 30 * (900 // 60 + 1)
    assert guesses / 10**CODE_DIGITS < 1e-5


def test_five_wrong_codes_end_the_request_for_enrolment() -> None:
    pending = PendingDevices(lambda: 0.0, lambda: 0, secrets.token_bytes)
    waiting = pending.begin_browser(EnrolmentRequest(DeviceKind.BROWSER, "10.77.1.1"))
    assert waiting.code is not None
    wrong = f"{(int(waiting.code) + 1) % 10**CODE_DIGITS:08d}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as refused:
            pending.with_code(waiting.id, wrong)
        assert refused.value.left == left
    with pytest.raises(UnknownEnrolment):
        pending.with_code(waiting.id, waiting.code)


def test_tokens_of_devices_and_programs_have_256_bits() -> None:
    assert TOKEN_BYTES * 8 == 256 and len({new_token() for _ in range(1000)}) == 1000


def test_a_name_is_understood_in_one_way_only() -> None:
    assert {sign_in_name(name) for name in ("Nguyễn Văn An", "NGUYEN  VAN AN ", "nguyen-van-an")} == {"nguyen-van-an"}
