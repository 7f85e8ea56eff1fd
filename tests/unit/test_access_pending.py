"""The list of waiting devices is short, short-lived, and fair between addresses."""

import secrets

import pytest

from config.address import address_group
from server.access.pending import (
    LIFETIME_S,
    MAX_BEGINNINGS,
    MAX_BEGINNINGS_PER_ADDRESS,
    MAX_PENDING,
    MAX_PER_ADDRESS,
    MAX_WRONG_CODES,
    SILENT_AFTER_S,
    EnrolmentRequest,
    PendingDevice,
    PendingDevices,
    TooManyBeginnings,
    UnknownEnrolment,
    WrongCode,
)
from server.wire.enrolment import EnrolmentFailed, EnrolmentKeys, commitment, new_keys
from server.wire.messages import DeviceKind


class PendingBench:
    """A list of waiting devices with a clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.list = PendingDevices(lambda: self.now_s, lambda: int(self.now_s * 1000), secrets.token_bytes)

    def begin(self, address: str = "10.0.0.7") -> tuple[PendingDevice, EnrolmentKeys]:
        station = new_keys(secrets.token_bytes)
        request = EnrolmentRequest(DeviceKind.KIOSK, address, "luot.local", "kiosk-1")
        committed = commitment(station.public, station.random)
        return self.list.begin_station(request, committed, b"certificate")[0], station

    def show_code(self, address: str = "10.0.0.7") -> PendingDevice:
        pending, station = self.begin(address)
        self.list.reveal(pending.id, station.public, station.random)
        return pending

    def wait(self, seconds: float, *asking: PendingDevice) -> None:
        """Move the clock; the stations ``asking`` ask for their state meanwhile."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s = min(end_s, self.now_s + SILENT_AFTER_S / 2)
            for pending in asking:
                self.list.asked(pending.id)


@pytest.fixture
def bench() -> PendingBench:
    return PendingBench()


def _wrong(code: str | None) -> str:
    return f"{(int(code or '') + 1) % 10**8:08d}"


def test_a_device_waits_only_once_it_has_revealed_its_key(bench: PendingBench) -> None:
    pending, station = bench.begin()
    assert bench.list.waiting() == []
    with pytest.raises(UnknownEnrolment):
        bench.list.with_code(pending.id, "00000000")
    bench.list.reveal(pending.id, station.public, station.random)
    bench.list.reveal(pending.id, station.public, station.random)  # the answer was lost
    assert bench.list.waiting() == [pending]
    assert bench.list.with_code(pending.id, pending.code or "") is pending


def test_another_key_than_the_committed_drops_the_request(bench: PendingBench) -> None:
    other = new_keys(secrets.token_bytes)
    pending, station = bench.begin()
    with pytest.raises(EnrolmentFailed):
        bench.list.reveal(pending.id, other.public, station.random)
    with pytest.raises(UnknownEnrolment):
        bench.list.reveal(pending.id, station.public, station.random)
    pending, station = bench.begin()
    bench.list.reveal(pending.id, station.public, station.random)
    with pytest.raises(EnrolmentFailed):  # the key is fixed once revealed
        bench.list.reveal(pending.id, other.public, other.random)
    assert bench.list.waiting() == []


def test_a_browser_has_nothing_to_reveal(bench: PendingBench) -> None:
    pending = bench.list.begin_browser(EnrolmentRequest(DeviceKind.BROWSER, "10.0.0.9"))
    assert len(pending.code or "") == 8
    with pytest.raises(EnrolmentFailed):
        bench.list.reveal(pending.id, bytes(32), bytes(32))


def test_the_fifth_wrong_code_drops_the_request(bench: PendingBench) -> None:
    pending = bench.show_code()
    for left in range(MAX_WRONG_CODES - 1, -1, -1):
        with pytest.raises(WrongCode) as wrong:
            bench.list.with_code(pending.id, _wrong(pending.code))
        assert wrong.value.left == left
    with pytest.raises(UnknownEnrolment):
        bench.list.with_code(pending.id, pending.code or "")


def test_a_code_can_be_typed_for_fifteen_minutes(bench: PendingBench) -> None:
    pending = bench.show_code()
    bench.wait(LIFETIME_S - 1, pending)
    assert bench.list.waiting() == [pending]
    bench.wait(1)
    assert bench.list.waiting() == []


def test_a_station_that_asks_no_more_disappears(bench: PendingBench) -> None:
    gone, stays = bench.show_code("10.0.0.1"), bench.show_code("10.0.0.2")
    bench.wait(SILENT_AFTER_S, stays)
    assert bench.list.waiting() == [stays]
    with pytest.raises(UnknownEnrolment):
        bench.list.asked(gone.id)


def test_one_address_has_three_places_and_a_station_that_begins_again_takes_its_oldest(bench: PendingBench) -> None:
    other = bench.show_code("10.0.0.99")
    shown = [bench.show_code() for _ in range(MAX_PER_ADDRESS + 1)]
    assert bench.list.waiting() == [other, *shown[1:]]


def test_a_full_list_drops_the_oldest_of_the_address_with_the_most(bench: PendingBench) -> None:
    lonely = bench.show_code("10.0.1.1")
    crowd = [bench.show_code(f"10.0.2.{number // 2}") for number in range(MAX_PENDING - 1)]
    newest = bench.show_code("10.0.1.2")
    waiting = bench.list.waiting()
    assert len(waiting) == MAX_PENDING
    assert lonely in waiting
    assert newest in waiting
    assert crowd[0] not in waiting


def test_beginnings_are_limited_for_each_address_and_in_all(bench: PendingBench) -> None:
    for _ in range(MAX_BEGINNINGS_PER_ADDRESS):
        bench.begin()
    with pytest.raises(TooManyBeginnings) as refused:
        bench.begin()
    assert refused.value.wait_s == 60
    for number in range(MAX_BEGINNINGS - MAX_BEGINNINGS_PER_ADDRESS):
        bench.begin(f"10.1.0.{number}")
    with pytest.raises(TooManyBeginnings):
        bench.begin("10.2.0.1")
    bench.wait(60)
    bench.begin()


def test_a_few_addresses_leave_beginnings_for_all_others(bench: PendingBench) -> None:
    def begin_all(address: str) -> int:
        begun = 0
        with pytest.raises(TooManyBeginnings) as refused:
            while True:
                bench.begin(address)
                begun += 1
        assert 0 < refused.value.wait_s <= 60
        return begun

    def one_minute() -> int:
        return sum(begin_all(f"10.66.0.{number}") for number in range(5))

    assert one_minute() <= 22
    for number in range(4):
        bench.begin(f"10.0.1.{number}")
    bench.wait(60)
    assert one_minute() <= 16, "those that have begun before have fewer"
    for number in range(4):
        bench.begin(f"10.0.1.{number}")
    for number in range(10):
        bench.begin(f"10.0.2.{number}")
    bench.wait(900)
    assert begin_all("10.66.0.1") == MAX_BEGINNINGS_PER_ADDRESS, "a quarter of an hour later all is forgotten"


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    assert address_group("2001:db8::1") == address_group("2001:db8::ffff:1") != address_group("2001:db8:0:1::1")
    assert address_group("::ffff:10.0.0.7") == address_group("10.0.0.7") == "10.0.0.7"
    assert address_group("fe80::1%eth0") == address_group("fe80::2%eth0")
    assert address_group("?") == "?"
