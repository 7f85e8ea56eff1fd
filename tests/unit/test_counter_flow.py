"""The counter station's thinking: every key in every state of its counter, and what the sign shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import Now
from counter.events import (
    Answered,
    AskScan,
    Beaten,
    DeviceChanged,
    Effect,
    Forged,
    HeldSeen,
    Keyed,
    Light,
    Linked,
    Look,
    Looked,
    LookHeld,
    Lost,
    Note,
    Pictured,
    Post,
    Pressed,
    Rated,
    RatingAnswered,
    RatingLost,
    Read,
    Report,
    SayHere,
    ScanAnswered,
    Show,
    TellRating,
    TellUnread,
    Tick,
    TurnedDown,
    What,
)
from counter.flow import Station, due, station, step
from counter.outside import Inbox, heard
from counter.rating import LEVELS
from hardware.ports import Health, Key, SignFace, State
from server.wire.messages import Board, RatingLevel, Scanned, ServerBeat, Ticket
from server.wire.topics import Topics

IDS = [f"00000000-0000-4000-8000-{n:012d}" for n in range(100)]
DARK = SignFace(None)
DASHES = SignFace(None, paused=True)


def counter(
    state: str = "open", number: str | None = None, ticket: str = "called", *, name: str = "c3"
) -> dict[str, Any]:
    held = {"id": f"t-{number}".lower(), "number": number, "state": ticket, "class": "ordinary"}
    return {
        "id": name,
        "label": name[1:],
        "state": state,
        "ready": False,
        "reason": None,
        "ticket": held if number else None,
    }


def call(number: str, *, times: int = 1, name: str = "c3", at: str = "2026-11-23T01:12:05.100Z") -> dict[str, Any]:
    kind = "call" if times == 1 else "recall"
    return {
        "id": f"k-{number}-{times}".lower(),
        "kind": kind,
        "times": times,
        "number": number,
        "counter": name,
        "label": name[1:],
        "at": at,
        "class": "ordinary",
    }


def board(*counters: dict[str, Any], rev: int = 1, epoch: str = "e1", calls: Sequence[dict[str, Any]] = ()) -> Board:
    return Board.model_validate(
        {
            "office": "mau",
            "epoch": epoch,
            "rev": rev,
            "seq": rev,
            "at": "2026-11-23T01:12:05.123Z",
            "day": "2026-11-23",
            "counters": list(counters),
            "calls": list(calls),
            "missed": [],
            "services": [],
        }
    )


@dataclass
class Play:
    """A station that is played with: what happened, and what it wanted done."""

    state: Station = field(default_factory=lambda: station("counters-1", ["c3"], "Tạm gác", {"c3": 4}))
    now_s: float = 100.0
    done: list[Effect] = field(default_factory=list)
    pressed: int = 0

    def happens(self, *whats: What) -> list[Effect]:
        """What was wanted because of ``whats``."""
        before = len(self.done)
        for what in whats:
            self.state, effects = step(self.state, what, Now(int(self.now_s * 1000), 0, self.now_s))
            self.done += effects
        return self.done[before:]

    def press(self, *keys: Key, name: str = "c3", digits: str = "") -> list[Effect]:
        before = len(self.done)
        for key in keys:
            self.happens(Pressed(name, key, IDS[self.pressed], digits))
            self.pressed += 1
        return self.done[before:]

    def passes(self, seconds: float) -> list[Effect]:
        """Time goes on, with a ``Tick`` at each moment that the station asked for."""
        end, before = self.now_s + seconds, len(self.done)
        while (at := due(self.state)) is not None and at <= end:
            self.now_s = max(self.now_s, at)
            self.happens(Tick())
        self.now_s = end
        return self.done[before:]

    @property
    def face(self) -> SignFace:
        return next((one.face for one in reversed(self.done) if isinstance(one, Show)), DARK)

    def posts(self) -> list[Any]:
        return [one for one in self.done if isinstance(one, Post)]


def playing(first: Board | None = None) -> Play:
    """A station that is linked and hears the server."""
    play = Play()
    play.happens(Linked(True), Beaten(beat()), *([Looked(None, first)] if first else []))
    play.done.clear()
    return play


def beat(epoch: str = "e1", *, online: bool = True) -> ServerBeat:
    return ServerBeat(online=online, epoch=epoch)


def only(kind: type[Effect], effects: Sequence[Effect]) -> Any:
    found = [one for one in effects if isinstance(one, kind)]
    assert len(found) == 1, effects
    return found[0]


# --- what the sign shows ------------------------------------------------------------------------------

FACES = [
    (counter("open", "A015", "called"), SignFace("A015", blink=True)),
    (counter("open", "A015", "serving"), SignFace("A015")),
    (counter("open"), DARK),
    (counter("closed"), DARK),
    (counter("paused"), DASHES),
    (counter("paused", "A015", "called"), SignFace("A015", blink=True)),
    (counter("paused", "A015", "serving"), SignFace("A015")),
]


@pytest.mark.parametrize(("shows", "face"), FACES)
def test_the_sign_shows_the_state_of_its_counter(shows: dict[str, Any], face: SignFace) -> None:
    assert playing_from(shows).face == face


def playing_from(shows: dict[str, Any]) -> Play:
    play = Play()
    play.happens(Linked(True), Beaten(beat()), Looked(None, board(shows)))
    return play


def test_the_sign_is_dark_until_a_picture_came() -> None:
    play = Play()
    effects = play.happens(Tick(), Linked(True), Beaten(beat()), Pictured(board(counter("open", "A015"))))
    assert not [one for one in effects if isinstance(one, Show)]
    assert Look(None) in effects


def test_a_newer_picture_replaces_and_an_older_one_does_not() -> None:
    play = playing(board(counter(number="A015"), rev=7))
    play.happens(Pictured(board(counter(number="A014"), rev=6)))
    play.happens(Pictured(board(counter(number="A099"), rev=7)))
    assert play.done == []
    play.happens(Pictured(board(counter(number="A016"), rev=8)))
    assert play.face == SignFace("A016", blink=True)


def test_a_picture_of_an_unknown_epoch_is_not_shown_but_asked_for() -> None:
    play = playing(board(counter(number="A015"), rev=7))
    assert play.happens(Pictured(board(counter(number="A016"), rev=1, epoch="e2"))) == [Look(None)]
    play.happens(Looked(None, board(counter(number="A016"), rev=1, epoch="e2")))
    assert play.face == SignFace("A016", blink=True)


def test_a_picture_far_ahead_is_checked_with_the_server_before_a_sign_shows_it() -> None:
    true = board(counter(number="A015"), rev=7)
    play = playing(true)
    assert play.happens(Pictured(board(counter(number="Z999"), rev=10**9))) == [Look(None)]
    assert [one.board.rev for one in play.happens(Looked(None, true, play.now_s)) if isinstance(one, Forged)] == [10**9]
    play.happens(Pictured(board(counter(number="A016"), rev=8)))
    assert play.face == SignFace("A016", blink=True)


def test_a_forged_picture_that_a_sign_shows_goes_with_the_next_true_one() -> None:
    play = playing(board(counter(number="A015"), rev=7))
    play.happens(Pictured(board(counter(number="Z999"), rev=50)))
    true = board(counter(number="A016"), rev=8)
    assert play.happens(Pictured(true)) == [Look(None)]
    play.happens(Looked(None, true, play.now_s))
    assert play.face == SignFace("A016", blink=True)


def test_after_a_new_link_the_board_is_read_again() -> None:
    play = playing(board(counter(number="A015")))
    play.happens(Linked(False))
    assert Look(None) in play.happens(Linked(True))


def test_without_a_link_the_board_is_asked_for_at_once() -> None:
    play = playing(board(counter(number="A015")))
    assert Look(None) in play.happens(Linked(False))
    assert play.state.stale


def test_a_server_that_does_not_answer_is_asked_for_the_board_every_two_seconds() -> None:
    play = Play()
    play.happens(Tick(), Looked(None, None))
    assert play.passes(1.9) == []
    assert play.passes(0.2) == [Look(None)]


def test_a_stale_picture_stays_on_the_sign_and_the_station_knows() -> None:
    play = playing(board(counter(number="A015", ticket="serving")))
    assert play.passes(9.9) == []
    note = only(Note, play.passes(0.2))
    assert not note.well
    assert play.state.stale
    assert play.face == DARK, "nothing new was shown, so the number stays"
    assert play.happens(Beaten(beat())) == [Note("the server is heard", well=True)]


def test_while_no_heartbeat_comes_the_server_is_asked_so_that_no_sign_keeps_the_number_before() -> None:
    play = playing(board(counter(number="A015"), rev=7))
    assert Look(None) in play.passes(10.1)
    play.happens(Looked(None, board(counter(number="A016"), rev=8)))
    assert play.face == SignFace("A016", blink=True)
    assert play.passes(1.9) == []
    assert play.passes(0.2) == [Look(None)]
    play.happens(Looked(None, None), Linked(True), Beaten(beat()))
    play.happens(Looked(None, board(counter(number="A016"), rev=8)))
    assert play.passes(9.0) == []


def said(second: float) -> ServerBeat:
    """A heartbeat that the server said when its own clock showed that."""
    return ServerBeat(online=True, epoch="e1", up_ms=round(second * 1000))


def test_heartbeats_that_the_network_held_up_and_brings_all_at_once_do_not_end_the_asking() -> None:
    play = playing(board(counter(number="A015")))
    play.happens(Beaten(said(500)))
    play.passes(12)
    play.happens(Looked(None, None), *[Beaten(said(second)) for second in (506, 509, 512)])
    assert play.state.stale
    assert Look(None) in play.passes(2)
    play.now_s += 1
    assert play.happens(Beaten(said(515))) == [Note("the server is heard", well=True)]


def test_a_heartbeat_that_the_broker_had_kept_says_who_serves_and_not_that_they_live() -> None:
    play = Play()
    play.happens(Tick(), Linked(True), Looked(None, board(counter(number="A015"), rev=1)))
    play.passes(1)
    assert Look(None) in play.happens(Beaten(beat("e2"), kept=True))
    assert play.state.stale
    assert not [one for one in play.done if isinstance(one, Note)]


@pytest.mark.parametrize("kept", [True, False])
def test_what_the_broker_had_kept_comes_in_as_kept(kept: bool) -> None:
    inbox, topics = Inbox(), Topics("office")
    heard(topics, topics.server, beat().model_dump_json().encode(), inbox, kept=kept)
    assert inbox.get_nowait() == Beaten(beat(), kept)


def test_a_server_that_says_goodbye_is_stale_at_once() -> None:
    play = playing(board(counter(number="A015")))
    play.happens(Beaten(beat(online=False)))
    assert play.state.stale


def test_the_same_number_called_again_blinks_again() -> None:
    play = playing(board(counter(number="A015"), calls=[call("A015")]))
    later = call("A015", times=2, at="2026-11-23T01:13:00.000Z")
    effects = play.happens(Pictured(board(counter(number="A015"), rev=2, calls=[call("A015"), later])))
    assert effects == [Show("c3", SignFace("A015", blink=True))]
    others = [call("A015"), later, call("B001", name="c4", at="2026-11-23T01:14:00.000Z")]
    assert play.happens(Pictured(board(counter(number="A015"), rev=3, calls=others))) == []


def test_a_counter_that_the_office_does_not_have_is_told_once() -> None:
    play = playing()
    told = only(Note, play.happens(Looked(None, board(counter(name="c9")))))
    assert "c3" in told.text
    assert play.happens(Pictured(board(counter(name="c9"), rev=2))) == []


# --- what a key means ---------------------------------------------------------------------------------

OPEN, PAUSED, CLOSED = counter("open"), counter("paused"), counter("closed")
CALLED, SERVING = counter(number="A015"), counter(number="A015", ticket="serving")
BUSY_PAUSED = counter("paused", "A015", "serving")

MOVES = {"recall": "recall", "start": "start", "finish": "finish", "no_show": "no_show", "hold": "hold"}
NEXT: tuple[str, dict[str, str]] = ("/counters/c3/next", {})
TO_PAUSE, TO_OPEN = ("/counters/c3/state", {"state": "paused"}), ("/counters/c3/state", {"state": "open"})


def move(name: str, **more: str) -> tuple[str, dict[str, str]]:
    return "/tickets/t-a015/moves", {"move": name, "counter": "c3", **more}


HOLD = move("hold", reason="Tạm gác")
CALL_15 = ("/counters/c3/next", {"number": "15"})
ON_TICKET = {
    Key.RECALL: move("recall"),
    Key.START: move("start"),
    Key.FINISH: move("finish"),
    Key.NO_SHOW: move("no_show"),
    Key.HOLD: HOLD,
    Key.TRANSFER: move("transfer", pin="c12"),
}
WITHOUT_TICKET = {**dict.fromkeys(ON_TICKET, "NO TICKET"), Key.HOLD: LookHeld("c3")}
MEANT: list[tuple[dict[str, Any], dict[Key, Any]]] = [
    (OPEN, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **WITHOUT_TICKET}),
    (PAUSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_OPEN, **WITHOUT_TICKET}),
    (CLOSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: "COUNTER CLOSED", **WITHOUT_TICKET}),
    (CALLED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **ON_TICKET}),
    (SERVING, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **ON_TICKET}),
    (BUSY_PAUSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_OPEN, **ON_TICKET}),
]


@pytest.mark.parametrize(("key", "shows", "means"), [(k, s, m) for s, row in MEANT for k, m in row.items()])
def test_every_key_in_every_state_of_its_counter(key: Key, shows: dict[str, Any], means: Any) -> None:
    here = board(shows, counter(name="c12"))
    play = playing(here)
    play.press(key, digits={Key.CALL: "15", Key.TRANSFER: "12"}.get(key, ""))
    if key not in (Key.NEXT, Key.CALL):
        assert only(Look, play.done) == Look("c3")
        play.happens(Looked("c3", here))
    if isinstance(means, LookHeld):
        assert only(LookHeld, play.done) == means
        return
    if isinstance(means, str):
        assert Light("keypad-c3") in play.done
        assert play.posts() == []
        assert (play.face.word, play.face.below) == ("Err", means)
        return
    post = only(Post, play.done)
    sent = post.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert (post.counter, post.path) == ("c3", means[0])
    assert sent == {"request_id": IDS[0], "station": "counters-1", **means[1]}


def test_all_keys_are_in_the_table_above() -> None:
    assert all(sorted(row) == sorted(Key) for _, row in MEANT)


def test_keys_pressed_quickly_are_worked_off_in_order_each_on_what_holds_then() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT, Key.START, Key.FINISH)
    assert [one.path for one in play.posts()] == ["/counters/c3/next"]
    play.happens(Answered("c3"), Looked("c3", board(counter(number="A015"), rev=2)))
    play.happens(Answered("c3"), Looked("c3", board(counter(number="A015", ticket="serving"), rev=3)))
    play.happens(Answered("c3"))
    assert [one.path for one in play.posts()] == ["/counters/c3/next", "/tickets/t-a015/moves", "/tickets/t-a015/moves"]
    assert [one.body.move for one in play.posts()[1:]] == ["start", "finish"]
    assert [one.body.request_id for one in play.posts()] == IDS[:3]
    assert play.state.desks["c3"].presses == ()


def test_what_a_key_did_is_shown_without_waiting_for_the_broker() -> None:
    play = playing(board(OPEN))
    play.happens(Linked(False))
    play.press(Key.NEXT)
    assert Look(None) in play.happens(Answered("c3"))
    play.happens(Looked(None, board(CALLED, rev=2)))
    assert play.face == SignFace("A015", blink=True)


def test_counters_do_not_wait_for_each_other() -> None:
    play = Play(station("counters-1", ["c3", "c4"], ""))
    play.happens(Linked(True), Beaten(beat()), Looked(None, board(counter(), counter(name="c4"))))
    play.press(Key.NEXT)
    play.press(Key.NEXT, name="c4")
    assert [one.counter for one in play.posts()] == ["c3", "c4"]


def test_an_old_picture_over_mqtt_does_not_change_what_a_key_means() -> None:
    play = playing(board(counter(number="A015"), rev=5))
    play.press(Key.START)
    play.happens(Looked("c3", board(counter(number="A016"), rev=9)))
    assert play.posts()[0].path == "/tickets/t-a016/moves"


def test_an_unanswered_key_is_asked_again_with_the_same_request_and_then_given_up() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT)
    for _ in range(4):
        play.happens(Lost("c3"))
        play.passes(3.0)
    assert [one.body.request_id for one in play.posts()] == [IDS[0]] * 4
    assert play.state.desks["c3"].presses == ()


def test_giving_up_is_shown_and_takes_the_waiting_keys_along() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT, Key.START)
    for _ in range(4):
        play.passes(3.0)
        play.happens(Lost("c3"))
    assert (play.face.word, play.face.below) == ("Err", "NO SERVER")
    play.passes(60.0)
    assert [one.path for one in play.posts()] == ["/counters/c3/next"] * 4
    assert Look("c3") not in play.done


def test_a_retry_waits_before_it_asks() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT)
    assert play.happens(Lost("c3")) == []
    assert play.passes(0.29) == []
    assert [type(one) for one in play.passes(0.02)] == [Post]


def test_a_board_that_cannot_be_read_is_asked_for_again_before_the_key_is_given_up() -> None:
    play = playing(board(CALLED))
    play.press(Key.START)
    play.happens(Looked("c3", None))
    play.passes(0.5)
    assert [one for one in play.done if isinstance(one, Look)] == [Look("c3"), Look("c3")]
    play.happens(Looked("c3", board(CALLED)))
    assert [one.body.move for one in play.posts()] == ["start"]


def test_a_refusal_is_shown_for_two_seconds_and_then_the_number_again() -> None:
    play = playing(board(SERVING))
    play.press(Key.NEXT)
    play.happens(TurnedDown("c3", "open_ticket"))
    assert play.face == SignFace("A015", word="Err", below="OPEN TICKET")
    play.passes(1.9)
    assert play.face.word == "Err"
    play.passes(0.2)
    assert play.face == SignFace("A015")


def test_a_new_number_does_not_wait_for_the_word_of_a_refusal() -> None:
    play = playing(board(OPEN))
    play.press(Key.START)
    play.happens(Looked("c3", board(OPEN)))
    assert play.face.word == "Err"
    play.happens(Pictured(board(counter(number="A015"), rev=2)))
    assert play.face == SignFace("A015", blink=True)
    assert play.passes(5.0) == []


def test_the_next_key_and_the_next_scan_end_the_word_of_a_refusal_and_the_clerks_line() -> None:
    play = playing(board(SERVING))
    noted = ScanAnswered("c3", Scanned(kind="dossier", ticket=held("A015")))
    play.happens(noted)
    assert play.face == SignFace("A015", below="DOSSIER NOTED")
    play.press(Key.NEXT)
    assert play.face == SignFace("A015")
    play.happens(noted, TurnedDown("c3", "open_ticket"))
    assert play.face.word == "Err"
    play.press(Key.NEXT)
    assert play.face == SignFace("A015")
    play.happens(noted, TurnedDown("c3", "open_ticket"))
    play.passes(2.1)
    assert play.face == SignFace("A015"), "what was told before the refusal is not told again after it"
    play.happens(ScanAnswered("c3"), noted)
    assert play.face == SignFace("A015", below="DOSSIER NOTED")


def test_any_key_acknowledges_at_once() -> None:
    for key in Key:
        play = playing(board(CALLED))
        assert play.press(key)[0] == SayHere("c3", key=True)


# --- digits, numbers, transfers and what was set aside ------------------------------------------------


def test_keyed_digits_are_for_the_clerks_line_and_never_replace_the_called_number() -> None:
    play = playing(board(CALLED))
    play.happens(Keyed("c3", "1"), Keyed("c3", "15"))
    assert play.face == SignFace("A015", blink=True, below="KEYED 15")
    play.happens(Keyed("c3", ""))
    assert play.face == SignFace("A015", blink=True)
    play.happens(Keyed("c3", "2"), DeviceChanged("keypad-c3", Health(State.OFFLINE, "off")))
    assert play.face.below == "", "a pad that is gone has nothing keyed"


def test_digits_before_next_call_that_number_too() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT, digits="15")
    assert play.posts()[0].body.number == "15"


@pytest.mark.parametrize(
    ("key", "digits", "word"),
    [
        (Key.CALL, "", "NO DIGITS"),
        (Key.TRANSFER, "", "NO DIGITS"),
        (Key.TRANSFER, "9", "UNKNOWN COUNTER"),
    ],
)
def test_digits_that_are_missing_or_name_nothing_are_refused_here(key: Key, digits: str, word: str) -> None:
    play = playing(board(SERVING))
    if Look("c3") in play.press(key, digits=digits):
        play.happens(Looked("c3", board(SERVING)))
    assert (play.face.word, play.face.below, play.posts()) == ("Err", word, [])


def test_a_counter_is_found_by_its_label_with_and_without_zeros() -> None:
    here = board(SERVING, counter(name="c03"), counter(name="c12"))
    for digits, pin in (("03", "c03"), ("12", "c12"), ("012", "c12"), ("3", "c3")):
        play = playing(here)
        play.press(Key.TRANSFER, digits=digits)
        play.happens(Looked("c3", here))
        assert play.posts()[0].body.pin == pin


def held(number: str) -> Ticket:
    return Ticket.model_validate(
        {
            "id": f"t-{number}".lower(),
            "rev": 3,
            "number": number,
            "day": "2026-11-23",
            "service": "HT",
            "procedure": None,
            "class": "ordinary",
            "state": "held",
            "issued_at": "2026-11-23T00:40:00.000Z",
            "queue_ms": 1,
            "counter": "c3",
            "calls": 1,
            "leg": 1,
            "outcome": None,
            "ahead": None,
            "counters": ["c3"],
            "wait_min": None,
            "moves": ["resume"],
        }
    )


def resumed(play: Play, *tickets: Ticket, digits: str = "") -> str | None:
    """What HOLD goes on with while nothing is open and these are set aside."""
    before = len(play.posts())
    play.press(Key.HOLD, digits=digits)
    play.happens(Looked("c3", board(OPEN, rev=50)), HeldSeen("c3", tickets))
    posts = play.posts()[before:]
    assert [one.body.move for one in posts] in ([], ["resume"])
    return posts[0].path if posts else None


def test_hold_with_nothing_open_goes_on_with_the_only_ticket_set_aside() -> None:
    assert resumed(playing(board(OPEN)), held("A015")) == "/tickets/t-a015/moves"


def test_hold_with_nothing_set_aside_says_so() -> None:
    play = playing(board(OPEN))
    assert resumed(play) is None
    assert play.face.below == "NO TICKET"


def test_of_several_the_pad_goes_on_with_the_one_it_set_aside_last_or_the_one_keyed_and_does_not_guess() -> None:
    both = (held("A015"), held("B002"))
    play = playing(board(OPEN))
    assert resumed(play, *both) is None
    assert play.face.below == "SEVERAL HELD"
    assert resumed(play, *both, digits="2") == "/tickets/t-b002/moves"
    other = playing(board(SERVING))
    other.press(Key.HOLD)
    other.happens(Looked("c3", board(SERVING)), Answered("c3"))
    assert resumed(other, *both) == "/tickets/t-a015/moves"
    other.happens(Answered("c3"))
    assert resumed(other, *both) is None, "it went on with that one, and somebody else set it aside again"


def test_a_list_of_tickets_set_aside_that_cannot_be_read_is_asked_for_again() -> None:
    play = playing(board(OPEN))
    play.press(Key.HOLD)
    play.happens(Looked("c3", board(OPEN)), HeldSeen("c3", None))
    assert play.passes(0.5) == [LookHeld("c3")]


def test_every_refusal_lights_the_lamp_once() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT)
    assert play.happens(TurnedDown("c3", "open_ticket")).count(Light("keypad-c3")) == 1
    assert Light("keypad-c3") not in play.passes(5.0)


# --- scans --------------------------------------------------------------------------------------------

CARD = "001099012345|012345678|Nguyễn Văn A|01011990|Nam|Phường Mẫu|01012022"


def test_a_scan_is_asked_and_its_meaning_is_on_the_clerks_line_for_a_while() -> None:
    play = playing(board(SERVING))
    play.happens(Read("c3", "https://hall/v/AbC"))
    ask = only(AskScan, play.done)
    assert ask.body.model_dump() == {"station": "counters-1", "counter": "c3", "text": "https://hall/v/AbC"}
    waiting = held("B012").model_copy(update={"state": "no_show"})
    play.happens(ScanAnswered("c3", Scanned(kind="ticket", ticket=waiting)))
    assert play.face == SignFace("A015", below="B012 NO SHOW")
    play.passes(4.1)
    assert play.face == SignFace("A015")
    play.happens(ScanAnswered("c3", Scanned(kind="dossier", ticket=waiting)))
    assert play.face.below == "DOSSIER NOTED"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (ScanAnswered("c3", Scanned(kind="unknown")), "UNKNOWN CODE"),
        (ScanAnswered("c3", code="not_allowed"), "NO TICKET"),
        (ScanAnswered("c3", code="day_closed"), "DAY CLOSED"),
        (ScanAnswered("c3"), "NO SERVER"),
    ],
)
def test_a_scan_that_means_nothing_is_refused_with_word_and_lamp(answer: ScanAnswered, word: str) -> None:
    play = playing(board(SERVING))
    play.happens(Read("c3", "xyz"), answer)
    assert play.face == SignFace("A015", word="Err", below=word)
    assert Light("keypad-c3") in play.done


@pytest.mark.parametrize("text", [CARD, CARD[14:50], CARD + "|Nguyễn Văn B|Trần Thị C"])
def test_what_a_citizens_card_says_is_refused_never_sent_and_in_nobodys_words(text: str) -> None:
    play = playing(board(SERVING))
    what = Read("c3", text)
    play.happens(what)
    assert play.face.below == "ID CARD"
    assert only(TellUnread, play.done).body.model_dump(mode="json") == {"station": "counters-1", "why": "card"}
    assert not [one for one in play.done if isinstance(one, AskScan)]
    for said in (what, *play.done, play.state):
        assert "Nguyễn" not in repr(said)


def test_a_scan_that_cannot_be_read_is_refused_with_word_and_lamp_and_told_for_the_page() -> None:
    play = playing(board(SERVING))
    play.happens(Read("c3", None))
    assert play.face == SignFace("A015", word="Err", below="UNREADABLE")
    assert Light("keypad-c3") in play.done
    assert only(TellUnread, play.done).body.model_dump(mode="json") == {"station": "counters-1", "why": "garbled"}


def test_no_scanned_text_is_in_the_words_of_what_happens_or_is_wanted() -> None:
    play = playing(board(SERVING))
    assert "AbC" not in repr(play.happens(Read("c3", "AbC")))


# --- ratings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "level", "name"),
    [
        (4, 1, "very_satisfied"),
        (4, 2, "satisfied"),
        (4, 3, "neutral"),
        (4, 4, "dissatisfied"),
        (3, 1, "very_satisfied"),
        (3, 2, "satisfied"),
        (3, 3, "dissatisfied"),
    ],
)
def test_each_key_of_a_pad_is_its_level(levels: int, level: int, name: str) -> None:
    play = Play(station("counters-1", ["c3"], "", {"c3": levels}))
    play.happens(Rated("c3", level, IDS[0]))
    tell = only(TellRating, play.done)
    assert tell.body.model_dump(mode="json") == {
        "request_id": IDS[0],
        "station": "counters-1",
        "counter": "c3",
        "level": name,
    }


def test_a_pad_of_three_keys_has_no_middle_and_one_of_four_has_all_levels() -> None:
    assert set(LEVELS[4]) == set(RatingLevel)
    assert RatingLevel.NEUTRAL not in LEVELS[3]


def test_a_visitor_who_presses_many_times_gives_one_rating() -> None:
    play = playing(board(OPEN))
    for n, level in enumerate((1, 4, 4, 1)):
        play.happens(Rated("c3", level, IDS[n]))
        play.passes(1.0)
    play.happens(RatingAnswered("c3"))
    play.happens(Rated("c3", 2, IDS[5]))
    assert [one.body.level for one in play.done if isinstance(one, TellRating)] == [RatingLevel.VERY_SATISFIED]
    play.passes(10.0)
    play.happens(Rated("c3", 2, IDS[6]))
    assert len([one for one in play.done if isinstance(one, TellRating)]) == 2


def test_a_rating_is_told_again_with_the_same_request_and_given_up_before_it_meets_another_ticket() -> None:
    play = playing(board(OPEN))
    play.happens(Rated("c3", 1, IDS[0]))
    for _ in range(5):
        play.happens(RatingLost("c3"))
        play.happens(Beaten(beat()))
        play.passes(5.0)
    told = [one.body.request_id for one in play.done if isinstance(one, TellRating)]
    assert told == [IDS[0]] * 5
    assert not only(Note, play.done).well


def test_thanks_are_on_the_pad_and_a_refusal_is_nowhere_but_in_the_log() -> None:
    play = playing(board(OPEN))
    play.happens(Rated("c3", 1, IDS[0]))
    assert play.happens(RatingAnswered("c3")) == [Light("pad-c3")]
    play.passes(20.0)
    play.done.clear()
    play.happens(Beaten(beat()), Rated("c3", 1, IDS[1]))
    (note,) = play.happens(RatingAnswered("c3", "not_allowed"))
    assert isinstance(note, Note)
    assert "not_allowed" in note.text
    assert play.face == DARK
    play.passes(1.0)
    assert only(TellRating, play.happens(Rated("c3", 2, IDS[2]))), "who pressed too early presses again in time"
    assert play.happens(RatingAnswered("c3", "not_allowed")) == [], "told once"


# --- presence and devices -----------------------------------------------------------------------------


def test_a_healthy_keypad_is_told_to_the_server_every_ten_seconds() -> None:
    play = playing(board(OPEN))
    effects = play.happens(DeviceChanged("keypad-c3", Health(State.READY)))
    assert SayHere("c3", key=False) in effects
    for _ in range(3):
        play.happens(Beaten(beat()))
        assert play.passes(10.0).count(SayHere("c3", key=False)) == 1
    play.happens(DeviceChanged("keypad-c3", Health(State.OFFLINE)))
    assert SayHere("c3", key=False) not in play.passes(60.0)


def test_a_device_is_reported_with_the_moment_since_when_it_is_so() -> None:
    play = playing()
    first = only(Report, play.happens(DeviceChanged("sign-c3", Health(State.OFFLINE, "off"))))
    assert (first.status.device, first.status.state, first.status.code) == ("sign-c3", "offline", "off")
    play.now_s += 5
    again = only(Report, play.happens(DeviceChanged("sign-c3", Health(State.OFFLINE, "off", "other words"))))
    assert (again.status.since, again.status.at) == (first.status.at, "1970-01-01T00:01:45.000Z")
    healed = only(Report, play.happens(DeviceChanged("sign-c3", Health(State.READY))))
    assert healed.status.since == healed.status.at


# --- an answer that never comes ------------------------------------------------------------------------


def test_a_key_whose_call_ends_in_nothing_is_asked_again_and_does_not_hold_up_the_pad_for_ever() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT)
    first = play.posts()[0]
    play.passes(60)
    assert play.posts()[1:] == [first]
    play.passes(300)
    assert play.state.desks["c3"].presses == ()
    play.press(Key.NEXT)
    assert play.posts()[-1] != first


def test_an_answer_that_comes_after_its_call_was_given_up_changes_nothing() -> None:
    play = playing(board(OPEN))
    play.press(Key.NEXT)
    play.passes(300)
    before = play.state
    play.happens(Answered("c3"), TurnedDown("c3", "open_ticket"), Lost("c3"), Looked("c3", board(OPEN)))
    assert play.state.desks == before.desks


def test_a_rating_whose_call_ends_in_nothing_does_not_hold_up_the_pad_for_ever() -> None:
    play = playing(board(OPEN))
    play.happens(Rated("c3", 1, IDS[0]))
    play.passes(300)
    play.happens(Rated("c3", 2, IDS[1]))
    told = [one.body.request_id for one in play.done if isinstance(one, TellRating)]
    assert set(told) == {IDS[0], IDS[1]}


# --- whatever happens ---------------------------------------------------------------------------------

BOARDS = st.builds(
    lambda state, n, ticket, rev, epoch: board(
        counter(state, f"A{n:03d}" if n else None, ticket), rev=rev, epoch=f"e{epoch}"
    ),
    st.sampled_from(["open", "paused", "closed"]),
    st.integers(0, 5),
    st.sampled_from(["called", "serving"]),
    st.integers(1, 9),
    st.integers(1, 2),
)
HAPPENS = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(Key)),
    st.tuples(st.just("board"), BOARDS),
    st.tuples(st.just("answer"), st.sampled_from(["done", "refused", "lost"])),
    st.tuples(st.just("look"), st.one_of(st.none(), BOARDS)),
    st.tuples(st.just("time"), st.sampled_from([0.1, 1.0, 2.5, 11.0])),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("keyed"), st.sampled_from(["", "1", "15"])),
    st.tuples(st.just("scan"), st.sampled_from(["x", CARD])),
    st.tuples(st.just("held"), st.sampled_from([None, (), (held("A001"),)])),
)


@given(st.lists(HAPPENS, max_size=40))
def test_no_key_is_lost_or_doubled_and_no_number_is_invented(story: list[tuple[str, Any]]) -> None:
    play = Play()
    numbers: set[str | None] = {None}
    for what, value in story:
        desk = play.state.desks["c3"]
        under_way = desk.call if desk.retry_at is None else None
        if what == "key":
            play.press(value)
        elif what == "board":
            play.happens(Pictured(value))
        elif what == "look" and isinstance(under_way, Look):
            play.happens(Looked("c3", value))
        elif what == "look":
            play.happens(Looked(None, value))
        elif what == "answer" and isinstance(under_way, Post):
            answers: dict[str, What] = {
                "done": Answered("c3"),
                "refused": TurnedDown("c3", "open_ticket"),
                "lost": Lost("c3"),
            }
            play.happens(answers[value])
        elif what == "time":
            play.passes(value)
        elif what == "link":
            play.happens(Linked(value))
        elif what == "keyed":
            play.happens(Keyed("c3", value))
        elif what == "scan":
            play.happens(Read("c3", value))
        elif what == "held" and isinstance(under_way, LookHeld):
            play.happens(HeldSeen("c3", value))
        picture = play.state.board
        numbers |= {one.ticket.number for one in picture.counters if one.ticket} if picture else set()
        assert play.face.number in numbers
        if picture is None:
            assert play.face.word or replace(play.face, below="") == DARK
        else:
            known = next(one.ticket for one in picture.counters)
            assert play.face.number in (None, known.number if known else None)
    asked = [one.body.request_id for one in play.posts()]
    assert asked == sorted(asked), "keys are asked in the order in which they were pressed"
    waiting = [one.request_id for one in play.state.desks["c3"].presses]
    assert waiting == IDS[play.pressed - len(waiting) : play.pressed]
