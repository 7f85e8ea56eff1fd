"""The kiosk's pictures of the hall and the server's heartbeats."""

from dataclasses import replace

import pytest
from kiosk_bench import BEAT, SETTINGS, Kiosk, at_confirmation, heartbeat_at, lose_all, unconfirmed

from config.clock import Now
from hardware.ports import PrintState, Proof
from kiosk.flow import effects
from kiosk.flow.state import NoticeReason, PrinterData
from kiosk.flow.step import start, step
from kiosk.subscriptions import event_of, topic_models
from server.wire.messages import ServerBeat
from server.wire.station.compose import decode
from server.wire.station.effects import Fetch, LogForgedPicture
from server.wire.station.events import (
    BrokerConnectionChanged,
    HeartbeatReceived,
    PictureReceived,
    PicturesFetched,
    ReceivedMessage,
    Tick,
)
from server.wire.station.liveness import STALE_AFTER_S
from server.wire.topics import Topics
from tools.pictures import kiosk as demo


def test_an_older_picture_is_ignored_and_a_new_epoch_is_read_afresh(kiosk: Kiosk) -> None:
    newer = demo.board().model_copy(update={"rev": 5, "day": "newer"})
    kiosk.happens(PictureReceived(newer), PictureReceived(demo.board()))
    assert kiosk.state.hall.board == newer
    other = demo.board().model_copy(update={"epoch": "other", "rev": 1})
    kiosk.happens(PictureReceived(other))
    assert kiosk.state.hall.board == newer, "whether there is such a server is asked first"
    assert kiosk.wanted(Fetch)
    kiosk.happens(PicturesFetched((other,), kiosk.now.mono_s))
    assert kiosk.state.hall.board == other


def test_a_picture_far_ahead_is_checked_with_the_server_before_it_counts(kiosk: Kiosk) -> None:
    true, now_s = demo.office(), kiosk.now.mono_s
    kiosk.happens(PicturesFetched((true,), now_s))
    forged = true.model_copy(update={"rev": 10**9, "services": []})
    kiosk.happens(PictureReceived(forged))
    assert (kiosk.state.hall.office, len(kiosk.wanted(Fetch))) == (true, 1)
    kiosk.happens(PicturesFetched((true,), now_s))
    assert kiosk.wanted(LogForgedPicture) == [LogForgedPicture(forged)]
    newer = true.model_copy(update={"rev": true.rev + 1})
    kiosk.happens(PictureReceived(newer))
    assert kiosk.state.hall.office == newer


def test_ten_seconds_without_heartbeat_are_marked_and_healed_by_the_next(kiosk: Kiosk) -> None:
    kiosk.passes(STALE_AFTER_S - 1, beats=False)
    assert not kiosk.state.hall.stale
    kiosk.passes(1, beats=False)
    assert kiosk.state.hall.stale
    kiosk.happens(BEAT)
    assert not kiosk.state.hall.stale
    kiosk.happens(HeartbeatReceived(ServerBeat(online=False, epoch="e7c1")))
    assert kiosk.state.hall.stale


def test_delayed_heartbeats_that_arrive_all_at_once_are_no_connection() -> None:
    kiosk = Kiosk()
    at_confirmation(kiosk).tap("take")
    kiosk.happens(heartbeat_at(500))
    kiosk.passes(STALE_AFTER_S + 2, beats=False)
    lose_all(kiosk, beats=False)
    unsent = effects.ReportPrint("t-9f2c", PrintState.HELD, Proof.NONE)
    kiosk.state = replace(kiosk.state, printer=PrinterData(unsent=(unsent,)))
    kiosk.happens(*[heartbeat_at(kiosk.seconds - 500 - held_s) for held_s in (6, 3, 0)])
    assert (kiosk.state.hall.stale, kiosk.visit.reason) == (True, NoticeReason.NETWORK)
    assert kiosk.wanted(effects.ReportPrint) == []
    kiosk.passes(3, beats=False)
    kiosk.happens(heartbeat_at(kiosk.seconds - 500))
    assert (kiosk.state.hall.stale, kiosk.visit.reason) == (False, NoticeReason.RECONNECTED)
    assert kiosk.wanted(effects.ReportPrint) == [unsent]


def test_a_retained_heartbeat_is_no_connection() -> None:
    kiosk = Kiosk()
    kiosk.state = start(SETTINGS, kiosk.now, [unconfirmed("t-1", PrintState.UNKNOWN)])
    kiosk.passes(STALE_AFTER_S - 1, beats=False)
    kiosk.happens(heartbeat_at(500, retained=True))
    assert kiosk.wanted(effects.ReportPrint) == []
    kiosk.passes(1, beats=False)
    assert kiosk.state.hall.stale
    kiosk.happens(heartbeat_at(510))
    assert not kiosk.state.hall.stale
    assert len(kiosk.wanted(effects.ReportPrint)) == 1
    unsent = effects.ReportPrint("t-2", PrintState.HELD, Proof.NONE)
    kiosk.state = replace(kiosk.state, printer=PrinterData(unsent=(unsent,)))
    kiosk.happens(heartbeat_at(510, retained=True))
    assert len(kiosk.wanted(effects.ReportPrint)) == 1, "of a server that lived a moment ago it is no news either"


@pytest.mark.parametrize("retained", [True, False])
def test_a_heartbeat_is_marked_as_retained_when_the_broker_retained_it(retained: bool) -> None:
    topics = Topics("office")
    payload = heartbeat_at(5).heartbeat.model_dump_json().encode()
    content = decode(topics.server, payload, topic_models(topics, "kiosk-1"))
    assert content is not None
    assert event_of(ReceivedMessage(topics.server, content, retained)) == heartbeat_at(5, retained=retained)


def test_a_kiosk_that_was_just_switched_on_shows_no_lost_connection() -> None:
    kiosk = Kiosk()
    kiosk.state = start(SETTINGS, kiosk.now)
    kiosk.happens(Tick(), PictureReceived(demo.office()), heartbeat_at(500, retained=True), Tick())
    assert not kiosk.state.hall.stale
    kiosk.passes(STALE_AFTER_S, beats=False)
    assert kiosk.state.hall.stale


def test_a_new_link_reads_the_pictures_again(kiosk: Kiosk) -> None:
    kiosk.happens(BrokerConnectionChanged(False))
    assert kiosk.done == []
    kiosk.happens(BrokerConnectionChanged(True))
    assert kiosk.done == [Fetch()]


def test_a_kiosk_without_pictures_keeps_fetching_them() -> None:
    now = Now(0, 0, 100.0)
    state = start(SETTINGS, now)
    asked = 0
    for second in range(20):
        state, effects = step(state, Tick(), Now(0, 0, 100.0 + second))
        asked += effects.count(Fetch())
    assert asked == 5


def test_a_changed_catalogue_is_read_again(kiosk: Kiosk) -> None:
    changed = demo.office().model_copy(update={"rev": 2, "catalogue": "2"})
    kiosk.happens(PictureReceived(changed))
    assert kiosk.wanted(effects.FetchCatalogue) == [effects.FetchCatalogue("2")]
