"""The version that pages watch: only a number, at most twice a second, capped, ended with the server."""

import threading

import pytest

from server.web.live import Full, Live


def event(live: Live) -> str:
    return f"event: version\ndata: {live.version}\n\n"


def test_a_new_stream_begins_with_the_present_version() -> None:
    live = Live("e1")
    live.change()
    assert next(live.events()) == "event: version\ndata: e1-1\n\n"


def test_changes_between_two_events_are_one_event() -> None:
    live = Live("e1")
    events = live.events()
    next(events)
    for _ in range(50):
        live.change()
    assert next(events) == "event: version\ndata: e1-50\n\n"


def test_when_nothing_happens_a_comment_keeps_the_stream_alive() -> None:
    live = Live("e1", heartbeat_s=0.01)
    events = live.events()
    next(events)
    assert next(events).startswith(":")
    live.change()
    assert next(events) == event(live)


def test_closing_ends_a_stream_that_waits() -> None:
    live = Live("e1")
    events = live.events()
    next(events)
    ended = threading.Event()

    def read() -> None:
        assert list(events) == []
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    live.close()
    assert ended.wait(5)
    thread.join()


def test_the_streams_are_capped_and_given_back() -> None:
    live = Live("e1", most=2)
    live.open()
    live.open()
    with pytest.raises(Full):
        live.open()
    live.leave()
    live.open()
    assert live.streams == 2


def test_two_starts_of_the_server_never_have_one_version() -> None:
    assert Live("e1").version != Live("e2").version
