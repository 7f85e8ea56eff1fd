"""Scanned and typed codes: slips, dossiers, and cards of which nothing is kept."""

from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, Hall, clerk, in_state, keypad, kiosk, manager, refusal, request_id, visitor
from sqlalchemy import select

from server import commands
from server.commands.scans import ScanResult
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.wire.messages import AskHelp, Scan

OLD_CODE = "000.00.01.H29-240115-0001"
NEW_CODE = "H29.001.02-260126-120001"
CARD = "001099012345|123456789|Nguyễn Văn Mẫu|01021999|Nam|Thôn Mẫu, Xã Mẫu|15042021"


def scan(hall: Hall, text: str, counter: str | None = "c1") -> ScanResult:
    ask = Scan(station="counters-1", counter=counter, text=text)
    result: ScanResult = hall.ask(lambda tx, now: commands.scan(tx, keypad(), now, ask))
    return result


def everything(hall: Hall) -> str:
    """Every cell of the database, as text."""
    with hall.read() as snapshot:
        tables = t.metadata.sorted_tables
        return "\n".join(str(tuple(row)) for table in tables for row in snapshot.connection.execute(select(table)))


@pytest.mark.parametrize("state", list(TicketState))
def test_a_slip_is_its_ticket_in_whatever_state(hall: Hall, state: TicketState) -> None:
    row = in_state(hall, state)
    with hall.read() as snapshot:
        link = snapshot.connection.execute(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == row.id))
        code = link.scalar_one_or_none()
    if state is TicketState.EXPIRED:
        assert code is None
        return
    for text in (code, f"http://127.0.0.1:8480/v/{code}", f" {code}/ "):
        assert scan(hall, str(text), None) == ScanResult(commands.ScanMeaning.TICKET, row.id)


@pytest.mark.parametrize("text", [OLD_CODE, NEW_CODE, f"  {NEW_CODE.lower()} ", "G.H29.001.02-260126-0001"])
def test_a_dossiers_code_goes_to_the_counters_open_ticket(hall: Hall, text: str) -> None:
    row = in_state(hall, TicketState.SERVING)
    assert scan(hall, text) == ScanResult(commands.ScanMeaning.DOSSIER, row.id)
    assert hall.wire(row).dossier == text.strip().upper()


def test_a_later_code_replaces_the_one_before_and_the_same_one_writes_nothing(hall: Hall) -> None:
    row = in_state(hall, TicketState.CALLED)
    scan(hall, OLD_CODE)
    scan(hall, NEW_CODE)
    before = len(hall.facts())
    scan(hall, NEW_CODE)
    assert hall.wire(row).dossier == NEW_CODE
    assert len(hall.facts()) == before


def test_a_visitor_who_sends_the_code_of_a_missed_slip_is_not_brought_back(hall: Hall) -> None:
    row = in_state(hall, TicketState.NO_SHOW)
    with hall.store.read() as snapshot:
        link = snapshot.connection.execute(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == row.id))
        ask = Scan(station="web", counter="c1", text=link.scalar_one())
    assert refusal(hall.ask, lambda tx, now: commands.scan(tx, visitor(), now, ask)).code == "forbidden"
    assert hall.row(row.id).state is TicketState.NO_SHOW


def test_what_is_noted_with_one_ticket_leaves_the_codes_of_others(hall: Hall) -> None:
    first = in_state(hall, TicketState.SERVING)
    scan(hall, OLD_CODE)
    hall.move(first, "finish", counter="c1", outcome="received")
    second = in_state(hall, TicketState.SERVING)
    scan(hall, NEW_CODE)
    assert [hall.wire(ticket).dossier for ticket in (first, second)] == [OLD_CODE, NEW_CODE]


def test_without_an_open_ticket_or_at_a_kiosk_a_dossier_goes_nowhere(hall: Hall) -> None:
    hall.issue("HT")
    assert refusal(scan, hall, NEW_CODE).values["need"] == "no_open"
    assert scan(hall, NEW_CODE, None).meaning == "unknown"
    assert NEW_CODE not in everything(hall)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "H29.001.02-260126-12",
        NEW_CODE + "1" * 30,
        "H29.001.02-260126-120001\u202e",
        "１２３.00.01.H29-240115-0001",
    ],
)
def test_what_looks_like_nothing_known_is_unknown(hall: Hall, text: str) -> None:
    in_state(hall, TicketState.SERVING)
    assert scan(hall, text) == ScanResult(commands.ScanMeaning.UNKNOWN)


@pytest.mark.parametrize("text", [CARD, CARD.rsplit("|", 1)[0], CARD + "|thêm|nữa"])
def test_of_a_citizens_card_nothing_is_kept(hall: Hall, text: str, caplog: pytest.LogCaptureFixture) -> None:
    row = in_state(hall, TicketState.SERVING)
    before = everything(hall)
    refused = refusal(scan, hall, text)
    assert (refused.code, refused.values) == ("bad_request", {"detail": "card", "need": "card"})
    assert refusal(note, hall, text).values == {"detail": "card", "need": "card"}
    assert everything(hall) == before
    assert "001099012345" not in caplog.text + str(refused.values)
    assert hall.wire(row).dossier is None


class Typed(AskHelp):
    """A request id and nothing else that matters."""


def note(hall: Hall, text: str | None, counter: str = "c1", ask: Typed | None = None) -> Any:
    ask = ask or Typed(request_id=request_id(), station="web")
    return hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(counter), now, ask, counter, text))


def test_a_code_is_typed_taken_away_and_refused_when_it_is_none(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    note(hall, NEW_CODE)
    assert hall.wire(row).dossier == NEW_CODE
    assert refusal(note, hall, "giấy khai sinh").values["need"] == "dossier"
    note(hall, None)
    assert hall.wire(row).dossier is None


def test_no_code_of_a_dossier_is_in_the_journal_and_none_outlives_the_day(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    scan(hall, NEW_CODE)
    ask = Typed(request_id=request_id(), station="web")
    note(hall, OLD_CODE, ask=ask)
    note(hall, OLD_CODE, ask=ask)
    noted = [fact for fact in hall.facts() if fact.kind == "ticket.dossier_noted"]
    assert len(noted) == 2
    text = "\n".join(str(tuple(fact)) for fact in hall.facts())
    assert NEW_CODE not in text
    assert OLD_CODE not in text
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert hall.wire(row).dossier is None
    assert OLD_CODE not in everything(hall)


def test_the_office_says_what_a_code_looks_like(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"dossier_codes": ["[0-9]{14}"]})
    hall.tick()
    hall.open("c1")
    row = in_state(hall, TicketState.SERVING)
    assert scan(hall, NEW_CODE).meaning == "unknown"
    scan(hall, "00352112000539")
    assert hall.wire(row).dossier == "00352112000539"
    hall.close()


@pytest.mark.parametrize("form", ["{}", "http://10.0.0.5:8471/v/{}", " https://x/t/{}/ "])
def test_a_scanned_slip_opens_its_ticket_and_brings_back_who_did_not_come(hall: Hall, form: str) -> None:
    answer = hall.issued()
    ask = Scan(station="counters-1", counter="c1", text=form.format(answer.visitor_token))
    result = hall.ask(lambda tx, now: commands.scan(tx, kiosk(), now, ask))
    assert (result.ticket, hall.row(answer.ticket).state) == (answer.ticket, "waiting")
    hall.next("c1")
    hall.move(answer.ticket or "", "no_show", counter="c1", reason="left")
    hall.ask(lambda tx, now: commands.scan(tx, kiosk(), now, ask))
    assert hall.row(answer.ticket).state == "waiting"


def test_a_scanned_code_of_another_day_or_of_nothing_is_unknown(hall: Hall) -> None:
    answer = hall.issued()
    hall.next("c1")
    hall.move(answer.ticket or "", "no_show", counter="c1", reason="left")
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.tick()
    for text in (answer.visitor_token or "", "nonsense", "", "/" * 10):
        ask = Scan(station="counters-1", counter="c1", text=text)
        result = hall.ask(lambda tx, now, ask=ask: commands.scan(tx, kiosk(), now, ask))
        assert (result.meaning, result.ticket) == ("unknown", None)
    assert hall.row(answer.ticket).state == "no_show"
