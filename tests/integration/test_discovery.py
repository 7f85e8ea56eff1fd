"""A station finds the only hall that announces itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import wraps
from typing import ParamSpec

import pytest
from zeroconf import ServiceInfo, Zeroconf

from server.network.announcement import HallAnnouncement
from server.network.names import BoxNames
from server.wire.discovery import SERVICE_TYPE, FoundHall, find_hall, find_halls

LOOPBACK = ["127.0.0.1"]
NAMES = BoxNames(("hall", "hall.local"), ("192.168.1.10", "fd00::5"), "192.168.1.10")
SEARCH_S = 10.0

Parameters = ParamSpec("Parameters")


def in_own_thread(test: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Run the test in a thread without an event loop, as stations do.

    A browser of an earlier test leaves its loop running in the main thread, and zeroconf would use that one.
    """

    @wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, *args, **kwargs).result()

    return run


def announcement(office: str, port: int, broker: int | None = None) -> HallAnnouncement:
    return HallAnnouncement(office, port, broker, interfaces=LOOPBACK)


@in_own_thread
def test_a_station_finds_the_hall_with_its_office_address_and_broker() -> None:
    with closing(announcement("mau", 8470, 8883)) as announced:
        announced.update(NAMES)
        expected = FoundHall("mau", "https://192.168.1.10:8470", "192.168.1.10:8883")
        assert find_hall(SEARCH_S, interfaces=LOOPBACK) == expected
        announced.update(BoxNames(("hall",), ("10.0.0.9",)))
        assert find_hall(SEARCH_S, interfaces=LOOPBACK) == FoundHall("mau", "https://10.0.0.9:8470", "10.0.0.9:8883")


@in_own_thread
def test_of_several_halls_none_is_chosen_and_a_person_must_say_which(caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as halls:
        for office, port in (("mau", 8470), ("khac", 9470)):
            halls.enter_context(closing(announcement(office, port))).update(NAMES)
        assert find_hall(SEARCH_S, interfaces=LOOPBACK) is None
    assert "several halls answer" in caplog.text and "[link]" in caplog.text


@in_own_thread
def test_without_a_hall_there_is_none() -> None:
    assert find_halls(0.01, interfaces=LOOPBACK) == []


@pytest.mark.parametrize("office", ["", "../x", "x" * 60])
@in_own_thread
def test_an_announcement_that_cannot_be_right_is_ignored(office: str) -> None:
    wrong = ServiceInfo(
        SERVICE_TYPE,
        f"wrong.{SERVICE_TYPE}",
        port=8470,
        addresses=[b"\x0a\x00\x00\x01"],
        properties={b"office": office.encode(), b"broker": b"99999999"},
        server="wrong.local.",
    )
    with closing(Zeroconf(interfaces=LOOPBACK)) as zeroconf, closing(announcement("mau", 8470)) as announced:
        zeroconf.register_service(wrong)
        announced.update(NAMES)
        assert {hall.office for hall in find_halls(SEARCH_S, interfaces=LOOPBACK)} <= {"mau"}


@in_own_thread
def test_a_network_that_takes_no_announcement_is_logged_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    with closing(HallAnnouncement("mau", 8470, interfaces=["192.0.2.77"])) as announced:
        announced.update(NAMES)
        announced.update(NAMES)
    assert caplog.text.count("mDNS") == 1


@in_own_thread
def test_an_answer_with_a_name_that_is_none_hides_no_hall_and_ends_no_station() -> None:
    wrong = ServiceInfo(SERVICE_TYPE, f"wrong.{SERVICE_TYPE}", port=8470, server="wrong.local.")
    wrong.name = "wrong."
    with closing(Zeroconf(interfaces=LOOPBACK)) as zeroconf, closing(announcement("mau", 8470)) as announced:
        zeroconf.registry.async_add(wrong)  # register_service would refuse it
        assert find_halls(SEARCH_S, interfaces=LOOPBACK) == []
        announced.update(NAMES)
        assert {hall.office for hall in find_halls(SEARCH_S, interfaces=LOOPBACK)} <= {"mau"}
