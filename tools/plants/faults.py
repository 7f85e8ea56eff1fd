"""The faults that are planted: one wrong line each, and the quick tests of the part that it is in."""

from dataclasses import dataclass

MOVES = ("test_core_moves_edges", "test_core_moves")
TIME = ("test_core_time_edges", "test_core_time", "test_core_ready")
DESK = ("test_core_moves_edges", "test_core_desk")
COPIES = ("test_site_backup_sync", "test_site_backup")


@dataclass(frozen=True, slots=True)
class Fault:
    """``old`` stands once in ``file`` and becomes ``new``; ``tests`` are files of ``tests/unit``."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a caller who hung up still gets a number",
        "server/store/writer.py",
        "if not command.wanted():",
        "if command.wanted() is None:",
        ("test_web_waiting", "test_core_writer"),
    ),
    Fault(
        "the web does not ask whether the caller still waits",
        "server/web/waiting.py",
        "return self._writer.ask(work, wanted=wanted)",
        "return self._writer.ask(work)",
        ("test_web_waiting",),
    ),
    Fault(
        "a held ticket that falls due stays pinned to a closed counter",
        "server/commands/timed.py",
        'pin = None if counter_row(tx.connection, row.counter).state == "closed" else row.counter',
        "pin = row.counter",
        TIME,
    ),
    Fault(
        "acknowledge for a call that was not automatic",
        "server/commands/calling.py",
        "if call is None or not call.auto or call.acknowledged:",
        "if call is None or call.acknowledged:",
        TIME,
    ),
    Fault(
        "an automatic call's grace counted from the old boot after a reboot",
        "server/commands/timed.py",
        "since_s = call.mono_ms / 1000 if call.boot_id == tx.boot_id else 0.0",
        "since_s = call.mono_ms / 1000",
        TIME,
    ),
    Fault(
        "the office kept after a failed commit",
        "server/store/writer.py",
        "            self._office = None\n            self._trouble =",
        "            self._trouble =",
        ("test_core_store_edges", "test_core_writer"),
    ),
    Fault(
        "falling queue time in the chain",
        "server/store/journal.py",
        "if fact.queue_ms < queue_ms:",
        "if fact.queue_ms < 0:",
        ("test_core_store_edges", "test_core_replay"),
    ),
    Fault(
        "a copy not synced before it gets its name",
        "server/store/backup.py",
        "        _sync(half)\n        half.rename(made)",
        "        half.rename(made)",
        COPIES,
    ),
    Fault(
        "the guard calls one who has waited exactly the target",
        "server/domain/choice.py",
        "queue_ms - t.issued_ms > guard.target_ms",
        "queue_ms - t.issued_ms >= guard.target_ms",
        ("test_domain_choice",),
    ),
    Fault(
        "the explanation names one who came in the same millisecond",
        "server/domain/choice.py",
        "if ticket.issued_ms < chosen.issued_ms]",
        "if ticket.issued_ms <= chosen.issued_ms]",
        ("test_domain_choice",),
    ),
    Fault(
        "a ticket is callable one millisecond late",
        "server/domain/choice.py",
        "ticket.callable_from_ms <= queue_ms\n\n\ndef callable_now",
        "ticket.callable_from_ms < queue_ms\n\n\ndef callable_now",
        ("test_domain_choice",),
    ),
    Fault(
        "one who was put off waits for ever when nobody else comes",
        "server/domain/choice.py",
        "if not ticket.behind_next or ticket.service not in go_first]",
        "if not ticket.behind_next]",
        ("test_core_call_later",),
    ),
    Fault(
        "equally ready counters no longer go by their number of services",
        "server/domain/choice.py",
        "(desk.ready_since_ms or 0, len(desk.serves), desk.counter)",
        "(desk.ready_since_ms or 0, desk.counter)",
        ("test_domain_choice",),
    ),
    Fault(
        "a deferred ticket gets the key of the one that it lets pass",
        "server/domain/choice.py",
        "return behind[-1].key + 1 if behind else ticket.key",
        "return behind[-1].key if behind else ticket.key",
        ("test_domain_choice",),
    ),
    Fault(
        "the guard waits for one priority call more",
        "server/domain/choice.py",
        "if guard.in_a_row < guard.after_calls:",
        "if guard.in_a_row <= guard.after_calls:",
        ("test_domain_choice",),
    ),
    Fault(
        "the office is still open in the minute in which it closes",
        "server/domain/calendar.py",
        "span.start_min <= minute < span.end_min",
        "span.start_min <= minute <= span.end_min",
        ("test_domain_calendar",),
    ),
    Fault(
        "the first minute of the afternoon counts for the morning",
        "server/domain/calendar.py",
        '"am" if minute < _half_border(spans) else "pm"',
        '"am" if minute <= _half_border(spans) else "pm"',
        ("test_domain_calendar",),
    ),
    Fault(
        "a late report of the screen lengthens the time to come",
        "server/domain/call_gap.py",
        "min(shown_ms, latest_ms)",
        "shown_ms",
        ("test_core_call_gap",),
    ),
    Fault(
        "a ticket is reopened at a counter that serves another",
        "server/domain/ticket.py",
        "Move.REOPEN: _rule([_S.SERVED], _S.SERVING, _AT_COUNTER, [_N.COUNTER_OWN, _N.COUNTER_FREE])",
        "Move.REOPEN: _rule([_S.SERVED], _S.SERVING, _AT_COUNTER, [_N.COUNTER_OWN])",
        MOVES,
    ),
    Fault(
        "the same request with another body is answered",
        "server/commands/asking.py",
        "if known.hash != digest:",
        "if known.hash is None:",
        ("test_core_requests",),
    ),
    Fault(
        "a request id of one caller answers another's",
        "server/commands/asking.py",
        "select(requests).where(c.caller == actor.caller, c.request_id == request_id)",
        "select(requests).where(c.request_id == request_id)",
        ("test_core_requests",),
    ),
    Fault(
        "a paused counter calls",
        "server/commands/calling.py",
        '    if row.state != "open":\n        values = {"counter": the_counter(tx, counter).label',
        '    if row.state == "closed":\n        values = {"counter": the_counter(tx, counter).label',
        MOVES,
    ),
    Fault(
        "reopening ends one millisecond early",
        "server/commands/moves.py",
        "if tx.queue_ms(now) - row.changed_ms > minutes * 60_000:",
        "if tx.queue_ms(now) - row.changed_ms >= minutes * 60_000:",
        MOVES,
    ),
    Fault(
        "another clerk resumes or reopens",
        "server/commands/moves.py",
        "if now_there.clerk != last_leg(tx.connection, row.id).clerk:",
        "if now_there.clerk is None:",
        MOVES,
    ),
    Fault(
        "a held ticket's time shown is queue time",
        "server/commands/moves.py",
        '"due_at_ms": now.wall_ms + span_ms',
        '"due_at_ms": tx.queue_ms(now) + span_ms',
        TIME,
    ),
    Fault(
        "a ticket is transferred from another counter's hands",
        "server/commands/moves.py",
        "if at_counter and ask.counter != row.counter:",
        "if at_counter and ask.counter is None:",
        MOVES,
    ),
    Fault(
        "another class gives a returned ticket its first place again",
        "server/commands/moves.py",
        '"key": row.rank_key + row.head_start_ms - head_start_ms,',
        '"key": row.issued_ms - head_start_ms,',
        MOVES,
    ),
    Fault(
        "a pin's time counts from when its counter closed",
        "server/commands/timed.py",
        'row.since_ms if row.state == "paused" else min(one.changed_ms for one in waiting)',
        "row.since_ms",
        TIME,
    ),
    Fault(
        "readiness lasts one look longer than its time",
        "server/commands/timed.py",
        "due_ms = (row.ready_ms or 0) + tx.office.rules.ready_min * 60_000\n        if due_ms > queue_ms:",
        "due_ms = (row.ready_ms or 0) + tx.office.rules.ready_min * 60_000\n        if due_ms >= queue_ms:",
        ("test_core_ready",),
    ),
    Fault(
        "a closed counter keeps its pins",
        "server/commands/counters.py",
        '"pin": None, "reason": "closed"})\n    unpin(tx, now, row.counter)',
        '"pin": None, "reason": "closed"})',
        ("test_core_ready", *MOVES),
    ),
    Fault(
        "next finishes a ticket that is only called",
        "server/commands/counters.py",
        "if taken is not None and taken.state is State.SERVING:",
        "if taken is not None:",
        MOVES,
    ),
    Fault(
        "a clerk who leaves releases what is held for them",
        "server/commands/counters.py",
        'if row.state == "open" and tickets_of(tx.connection, tx.day, (State.HELD,), counter=row.counter):',
        'if row.state == "open" and row.clerk is None:',
        MOVES,
    ),
    Fault(
        "one number more than the capacity",
        "server/commands/issue.py",
        "issued_count(tx.connection, tx.day, service, moment.half) >= capacity",
        "issued_count(tx.connection, tx.day, service, moment.half) > capacity",
        MOVES,
    ),
    Fault(
        "a slip scanned at a kiosk brings a missed ticket back",
        "server/commands/scans.py",
        "back = row.state is State.NO_SHOW and counter is not None",
        "back = row.state is State.NO_SHOW",
        DESK,
    ),
    Fault(
        "a served ticket's slip is printed again",
        "server/commands/jobs.py",
        "row.state in (State.EXPIRED, State.CANCELLED, State.SERVED)",
        "row.state in (State.EXPIRED, State.CANCELLED)",
        DESK,
    ),
    Fault(
        "a started ticket keeps its pin",
        "server/store/apply/tickets.py",
        "change_ticket(connection, fact, (State.CALLED,), state=State.SERVING.value, pin=None)",
        "change_ticket(connection, fact, (State.CALLED,), state=State.SERVING.value)",
        MOVES,
    ),
    Fault(
        "after a reboot queue time follows a clock that went back",
        "server/store/journal.py",
        "min(max(0, now.wall_ms - self.at_ms), LONGEST_OFF_MS)",
        "min(now.wall_ms - self.at_ms, LONGEST_OFF_MS)",
        TIME,
    ),
    Fault(
        "the last one served is the last one issued",
        "server/store/queries.py",
        "order = c.changed_ms.desc() if newest_first else c.issue_seq",
        "order = c.issue_seq.desc() if newest_first else c.issue_seq",
        (*DESK, "test_core_views"),
    ),
    Fault(
        "what a failing command wrote stays",
        "server/store/writer.py",
        '            log.exception("a command failed")\n            savepoint.rollback()',
        '            log.exception("a command failed")\n            savepoint.commit()',
        ("test_core_writer",),
    ),
    Fault(
        "a restored database is not synced before it gets its name",
        "server/store/backup.py",
        "        sink.flush()\n        os.fsync(sink.fileno())",
        "        sink.flush()",
        COPIES,
    ),
    Fault(
        "a remark of a device without trouble is not reported",
        "hardware/watch.py",
        'health.detail if health.state is State.READY else ""',
        '""',
        ("test_watch",),
    ),
    Fault(
        "a heartbeat in the wake of one that was held up is a proof",
        "server/wire/pace.py",
        " and before - last <= UNEVEN_S",
        "",
        ("test_wire_pace",),
    ),
    Fault(
        "a restarted server is measured by its former clock",
        "server/wire/pace.py",
        "beat.epoch == self.epoch else ()",
        "beat.epoch else ()",
        ("test_wire_pace",),
    ),
    Fault(
        "a picture that is published again is disputed",
        "server/wire/newest.py",
        "if trust.checked or picture == known:",
        "if trust.checked:",
        ("test_wire_newest",),
    ),
    Fault(
        "another publisher is logged with each picture after the first hour",
        "server/wire/newest.py",
        "now_s - self._logged_s < self.AGAIN_S",
        "now_s < self.AGAIN_S",
        ("test_wire_newest",),
    ),
    Fault(
        "the panel blinks on",
        "display/view.py",
        "lit=now.mono_s - state.panel_s >= BLINK_S or half % 2 == 0",
        "lit=half % 2 == 0",
        ("test_display_board",),
    ),
    Fault(
        "the panel does not say that a number is called for the second time",
        "display/view.py",
        "if call.times > 1 else None",
        "if call.times > 2 else None",
        ("test_display_board",),
    ),
)
