"""Scans at a counter: sent, refused, and kept out of logs."""

import pytest
from counter_bench import CARD, SERVING, board, connected, held_ticket, only

from counter.flow.effects import FlashLamp, PostScan, PostUnreadScan
from counter.flow.events import CodeScanned, ScanAnswered
from hardware.ports import SignFace
from server.wire.messages import Scanned


def test_a_scan_is_sent_and_its_meaning_is_shown_on_the_clerks_line_for_a_while() -> None:
    bench = connected(board(SERVING))
    bench.happens(CodeScanned("c3", "https://hall/v/AbC"))
    scan = only(PostScan, bench.done)
    assert scan.body.model_dump() == {"station": "counters-1", "counter": "c3", "text": "https://hall/v/AbC"}
    waiting = held_ticket("B012").model_copy(update={"state": "no_show"})
    bench.happens(ScanAnswered("c3", Scanned(kind="ticket", ticket=waiting)))
    assert bench.face == SignFace("A015", below="B012 NO SHOW")
    bench.passes(4.1)
    assert bench.face == SignFace("A015")
    bench.happens(ScanAnswered("c3", Scanned(kind="dossier", ticket=waiting)))
    assert bench.face.below == "DOSSIER NOTED"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (ScanAnswered("c3", Scanned(kind="unknown")), "UNKNOWN CODE"),
        (ScanAnswered("c3", problem="not_allowed"), "NO TICKET"),
        (ScanAnswered("c3", problem="day_closed"), "DAY CLOSED"),
        (ScanAnswered("c3", problem="busy"), "BUSY"),
        (ScanAnswered("c3"), "NO SERVER"),
    ],
)
def test_a_scan_without_a_meaning_is_refused_with_word_and_lamp(answer: ScanAnswered, word: str) -> None:
    bench = connected(board(SERVING))
    bench.happens(CodeScanned("c3", "xyz"), answer)
    assert bench.face == SignFace("A015", word="Err", below=word)
    assert FlashLamp("keypad-c3") in bench.done


@pytest.mark.parametrize("text", [CARD, CARD[14:50], CARD + "|Nguyễn Văn B|Trần Thị C"])
def test_the_text_of_a_citizens_card_is_refused_never_sent_and_never_in_a_repr(text: str) -> None:
    bench = connected(board(SERVING))
    event = CodeScanned("c3", text)
    bench.happens(event)
    assert bench.face.below == "ID CARD"
    assert only(PostUnreadScan, bench.done).body.model_dump(mode="json") == {"station": "counters-1", "why": "card"}
    assert not [effect for effect in bench.done if isinstance(effect, PostScan)]
    for value in (event, *bench.done, bench.state):
        assert "Nguyễn" not in repr(value)


def test_a_scan_that_cannot_be_read_is_refused_with_word_and_lamp_and_reported_for_the_page() -> None:
    bench = connected(board(SERVING))
    bench.happens(CodeScanned("c3", None))
    assert bench.face == SignFace("A015", word="Err", below="UNREADABLE")
    assert FlashLamp("keypad-c3") in bench.done
    assert only(PostUnreadScan, bench.done).body.model_dump(mode="json") == {"station": "counters-1", "why": "garbled"}


def test_no_scanned_text_is_in_the_repr_of_events_and_effects() -> None:
    bench = connected(board(SERVING))
    assert "AbC" not in repr(bench.happens(CodeScanned("c3", "AbC")))
