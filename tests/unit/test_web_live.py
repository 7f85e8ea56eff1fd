"""The version that pages watch: a number, sent twice a second at most."""

import threading

import pytest

from server.web.shared import live as live_module
from server.web.shared.live import LiveVersion, RefreshPace, TooManyStreams


def mono_s() -> float:
    return 7.0


def event(live: LiveVersion) -> str:
    return f"event: version\ndata: {live.version}\n\n"


def test_a_new_stream_begins_with_the_present_version() -> None:
    live = LiveVersion("e1", mono_s)
    live.increment()
    assert next(live.events()) == "event: version\ndata: e1-1\n\n"


def test_changes_between_two_events_are_one_event() -> None:
    live = LiveVersion("e1", mono_s)
    events = live.events()
    next(events)
    for _ in range(50):
        live.increment()
    assert next(events) == "event: version\ndata: e1-50\n\n"


def test_refreshes_are_spread_and_come_at_once_after_a_pause() -> None:
    pace = RefreshPace(per_s=10)
    assert [pace.reserve(5.0) for _ in range(3)] == pytest.approx([5.0, 5.1, 5.2])
    assert pace.reserve(9.0) == 9.0


def test_each_stream_reserves_a_moment_for_a_version_and_none_for_a_comment() -> None:
    reserved_s = []

    class RecordedPace(RefreshPace):
        def reserve(self, now_s: float) -> float:
            reserved_s.append(super().reserve(now_s))
            return now_s

    live = LiveVersion("e1", mono_s, heartbeat_s=0.01)
    live.pace = RecordedPace(per_s=4)
    streams = [live.events() for _ in range(3)]
    assert [next(stream) for stream in streams] == [event(live)] * 3
    assert reserved_s == [7.0, 7.25, 7.5]
    assert next(streams[0]).startswith(":")
    assert len(reserved_s) == 3


def test_a_stream_sends_the_version_of_the_reserved_moment() -> None:
    live = LiveVersion("e1", mono_s)

    class ChangedMeanwhile(RefreshPace):
        def reserve(self, now_s: float) -> float:
            live.increment()
            return super().reserve(now_s)

    live.pace = ChangedMeanwhile(per_s=1)
    assert next(live.events()) == "event: version\ndata: e1-1\n\n"


def test_when_nothing_happens_a_comment_keeps_the_stream_alive() -> None:
    live = LiveVersion("e1", mono_s, heartbeat_s=0.01)
    events = live.events()
    next(events)
    assert next(events).startswith(":")
    live.increment()
    assert next(events) == event(live)


def test_a_stream_whose_reader_has_gone_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "CHECK_INTERVAL_S", 0.001)
    live, is_connected = LiveVersion("e1", mono_s), [True, False]
    events = live.events(is_connected=lambda: is_connected.pop(0))
    assert next(events) == event(live)
    assert list(events) == []


def test_a_stream_ends_when_its_reader_may_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "CHECK_INTERVAL_S", 0.01)
    may_read = [True, True, False]
    live = LiveVersion("e1", mono_s)
    events = live.events(lambda: may_read.pop(0))
    assert next(events) == event(live)
    assert list(events) == ["event: ended\ndata: \n\n"]
    assert may_read == []


def test_closing_ends_a_stream_that_waits() -> None:
    live = LiveVersion("e1", mono_s)
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
    live = LiveVersion("e1", mono_s, max_streams=2)
    live.acquire_stream()
    live.acquire_stream()
    with pytest.raises(TooManyStreams):
        live.acquire_stream()
    live.release_stream()
    live.acquire_stream()
    assert live.streams == 2


def test_two_starts_of_the_server_never_have_one_version() -> None:
    assert LiveVersion("e1", mono_s).version != LiveVersion("e2", mono_s).version
