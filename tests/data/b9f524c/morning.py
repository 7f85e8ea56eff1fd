"""Made the files of this folder, with the code of commit b9f524c; see README.md. Not run by any test."""
# ruff: noqa: I001  (sorted by what that commit has)

import gzip
import itertools
import sys
from pathlib import Path
from unittest.mock import patch

import core_hall
from core_hall import HOUR, MINUTE, Clock, Hall, clerk, in_state, kiosk, manager, visitor

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers.journal import PrintJournal
from server import commands, views
from server.commands import Ids
from server.domain import measures
from server.domain.ticket import State
from server.store import replay
from server.store.facts import Kind
from server.wire.messages import AskHelp, JobResult, Printed, Rate, RatingLevel, Seen, to_time

REQUESTS = itertools.count(1)


def numbered_request() -> str:
    return f"00000000-0000-4000-8000-{next(REQUESTS):012d}"


def serve(hall: Hall, counter: str, minutes: int, outcome: str = "received") -> None:
    row = hall.next(counter)
    assert row is not None
    hall.clock.go(MINUTE)
    hall.move(row, "start", counter=counter)
    hall.clock.go(minutes * MINUTE)
    hall.move(row, "finish", counter=counter, outcome=outcome)


def help_of(station: str) -> AskHelp:
    return AskHelp(request_id=numbered_request(), station=station)


def queue(hall: Hall) -> None:
    """Half past seven until ten: people come and are served, one after the other."""
    for service in ("HT", "CT", "HT", "DD", "TK", "HT"):
        hall.issue(service, "priority" if service == "TK" else "ordinary")
        hall.clock.go(2 * MINUTE)
    for counter, minutes in (("c1", 7), ("c2", 12), ("c3", 5), ("c1", 9)):
        serve(hall, counter, minutes)


def moves(hall: Hall) -> None:
    """Every move that staff can make."""
    for state in (State.SERVED, State.HELD, State.NO_SHOW, State.CANCELLED):
        last = in_state(hall, state)
        hall.clock.go(MINUTE // 10)
        if state is State.SERVED:
            served = last
        elif state is State.HELD:
            held = last
        elif state is State.NO_SHOW:
            missed = last
    hall.move(served, "reopen", counter="c1")
    hall.move(served, "finish_next", counter="c1", outcome="advice", service="CT")
    hall.move(held, "resume", counter="c1")
    hall.move(held, "hold", counter="c1", reason="form", due_min=1)
    hall.clock.go(MINUTE)
    hall.tick()
    hall.move(held, "transfer", counter="c1", service="CT", pin="c3")
    hall.state("c3", "paused", reason="forms")
    hall.state("c3", "open")
    hall.state("c3", "closed")
    hall.move(missed, "return", counter="c1")
    hall.move(missed, "defer", actor=visitor())
    hall.move(missed, "reclassify", counter="c1", reason="with a child", **{"class": "priority"})
    called = hall.next("c1")
    assert called is not None
    shown = Seen(station="tv-1", shown_at=to_time(hall.clock.wall_ms), spoken="yes")
    call = f"k-{hall.facts()[-1].seq}"
    hall.ask(lambda tx, now: commands.seen(tx, kiosk(), now, call, shown))
    hall.move(called, "recall", counter="c1")
    hall.move(called, "requeue", counter="c1")
    while (row := hall.next("c1")) is not None:
        hall.move(row, "no_show", counter="c1", reason="left")


def paper(hall: Hall) -> None:
    """A ready counter, the work of printers, a rating and a call for help."""
    auto = hall.issue("HT", print_at="kiosk-1")
    hall.ask(lambda tx, now: commands.acknowledge(tx, manager(), now, "c1"))
    job = hall.kinds().index("job.made") + 1
    result = JobResult(station="kiosk-1", state="printed", proof="fence")
    hall.ask(lambda tx, now: commands.finish_job(tx, kiosk(), now, f"j-{job}", result))
    proof = Printed(station="kiosk-1", state="unknown")
    hall.ask(lambda tx, now: commands.printed(tx, kiosk(), now, auto.id, proof))
    slip = help_of("web")
    hall.ask(lambda tx, now: commands.slip_seen(tx, manager(), now, slip, auto.id))
    hall.move(auto, "start", counter="c1")
    noted = help_of("web")
    hall.ask(lambda tx, now: commands.note_dossier(tx, clerk(), now, noted, "c1", "H29.001.02-260126-120001"))
    hall.clock.go(4 * MINUTE)
    hall.move(auto, "finish", counter="c1", outcome="received")
    stars = Rate(request_id=numbered_request(), station="counters-1", counter="c1", level=RatingLevel.SATISFIED)
    hall.ask(lambda tx, now: commands.rate(tx, kiosk(), now, stars))
    call_for_help = help_of("kiosk-1")
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, call_for_help))
    helped = hall.kinds().index("help.asked") + 1
    hall.ask(lambda tx, now: commands.take_help(tx, manager(), now, f"h-{helped}"))


def noon(hall: Hall) -> None:
    """Stop and resume issuing, set the clock, close the day, open another after a reboot."""
    hall.ready("c2", False)
    while (row := hall.next("c2")) is not None:
        hall.move(row, "no_show", counter="c2", reason="left")
    hall.ready("c2", False)
    hall.ready("c2", False)
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "HT"))
    hall.issue("DD")
    hall.sign("c2", None)
    hall.clock.step_wall(HOUR)
    hall.tick()
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.restarted("boot-2")
    hall.tick()
    hall.issue("HT", "priority", procedure="1.001193")


def print_journal(path: Path) -> None:
    """A roll changed, slips in every state, a dismissed job, and one cut off.

    One has a process id.
    """
    clock = Clock()
    journal = PrintJournal(path, lambda: clock.wall_ms)
    journal.new_roll()
    for number, (state, proof) in enumerate(
        [
            (PrintState.PRINTED, Proof.FENCE),
            (PrintState.UNKNOWN, Proof.NONE),
            (PrintState.FAILED, Proof.NONE),
            (PrintState.UNKNOWN, Proof.NONE),
            (PrintState.HELD, Proof.NONE),
        ],
        1,
    ):
        clock.go(MINUTE)
        journal.sending(f"j-{number}", f"A{number:03d}", 95.25, journal.mark())
        code = None if state is PrintState.PRINTED else "paper_out"
        journal.result(PrintResult(f"j-{number}", state, proof, code))
    journal.seen("j-4")
    journal.no_paper()
    clock.go(MINUTE)
    journal.sending("j-6", "A006", 95.25)


def main(folder: Path) -> None:
    tickets, links = itertools.count(1), itertools.count(1)
    hall = Hall(folder)
    hall.ids = Ids(lambda: f"t-{next(tickets):012d}", lambda: f"{next(links):032d}")
    hall.tick()
    hall.open("c1", "c2", "c3")
    queue(hall)
    moves(hall)
    paper(hall)
    noon(hall)
    print("kinds that do not occur:", set(Kind) - {Kind(kind) for kind in hall.kinds()})
    with hall.read() as reading:
        rows, samples = views.day_rows(reading, "2026-11-23"), views.waiting_samples(reading, "2026-11-23")
        open_ms = views.open_ms(reading, "2026-11-23")
        print(measures.day(rows, target_min=reading.office.rules.target_min, open_ms=open_ms))
        print(measures.little(rows, samples.counts, from_ms=samples.from_ms, to_ms=samples.to_ms))
        print("facts:", reading.head.seq, "head:", reading.head.own)
    hall.close()
    database = folder / "hall.db"
    print("differences:", replay.main(["check", str(database)]))
    (folder / "hall.db.gz").write_bytes(gzip.compress(database.read_bytes(), mtime=0))
    database.unlink()
    print_journal(folder / "printer.jsonl")


if __name__ == "__main__":
    with patch.object(core_hall, "request_id", numbered_request):
        main(Path(sys.argv[1]))
