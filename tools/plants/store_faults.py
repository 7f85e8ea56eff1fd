"""Planted faults in the store and its copies, and in the answers of the web."""

from tools.plants.fault import Fault
from tools.plants.queue_faults import MOVES, TIME

COPIES = ("test_site_backup_sync", "test_site_backup")

STORE_FAULTS: tuple[Fault, ...] = (
    Fault(
        "a caller who hung up still gets a number",
        "server/store/writer.py",
        "if not command.is_wanted():",
        "if command.is_wanted() is None:",
        ("test_web_waiting", "test_core_writer"),
    ),
    Fault(
        "the clerk's page reads each waiting ticket once more",
        "server/views/clerk_lists.py",
        "    rows = sorted(waiting, key=",
        "    from server.store.queries import find_ticket\n"
        "    rows = sorted([find_ticket(snapshot.connection, row.id) or row for row in waiting], key=",
        ("test_web_statements",),
    ),
    Fault(
        "the web does not ask whether the caller still waits",
        "server/web/shared/serving/caller.py",
        "return self._writer.ask(work, is_wanted=is_caller_connected)",
        "return self._writer.ask(work)",
        ("test_web_waiting",),
    ),
    Fault(
        "the office kept after a failed commit",
        "server/store/writer.py",
        "own, self._own = self._own, None",
        "own = self._own",
        ("test_core_store_edges", "test_core_writer"),
    ),
    Fault(
        "falling queue time in the chain",
        "server/store/chain.py",
        "if entry.queue_ms < queue_ms:",
        "if entry.queue_ms < 0:",
        ("test_core_store_edges", "test_core_replay"),
    ),
    Fault(
        "a copy not synced before it gets its name",
        "server/store/backends/sqlite_backup.py",
        "        sync(partial)\n        partial.rename(copy_path)",
        "        partial.rename(copy_path)",
        COPIES,
    ),
    Fault(
        "the database counts people ahead who cannot be called yet",
        "server/store/queries/queue.py",
        "or callable_from_ms > queue_ms)",
        "or callable_from_ms < -1)",
        ("test_core_call_later",),
    ),
    Fault(
        "a request id of one caller answers another's",
        "server/store/queries/requests.py",
        't.request.c.caller == bindparam("caller"),',
        'bindparam("caller") == bindparam("caller"),',
        ("test_core_requests",),
    ),
    Fault(
        "a started ticket keeps its pin",
        "server/store/apply/tickets.py",
        "change_ticket(connection, entry, (TicketState.CALLED,), state=TicketState.SERVING.value, **unpinned)",
        "change_ticket(connection, entry, (TicketState.CALLED,), state=TicketState.SERVING.value)",
        MOVES,
    ),
    Fault(
        "after a reboot queue time follows a clock that went back",
        "server/store/queue_clock.py",
        "min(max(0, now.wall_ms - self.at_ms), MAX_OFF_MS)",
        "min(now.wall_ms - self.at_ms, MAX_OFF_MS)",
        TIME,
    ),
    Fault(
        "the last one served is the last one issued",
        "server/store/queries/ticket_rows.py",
        "order = c.changed_ms.desc() if newest_first else c.issue_seq",
        "order = c.issue_seq.desc() if newest_first else c.issue_seq",
        ("test_core_moves_edges", "test_core_ratings", "test_core_clerk_page"),
    ),
    Fault(
        "what a failing command wrote stays",
        "server/store/writer.py",
        "                undo(connection)\n                outcomes",
        "                outcomes",
        ("test_core_writer",),
    ),
    Fault(
        "a restored database is not synced before it gets its name",
        "server/store/backends/sqlite_backup.py",
        "        sink.flush()\n        os.fsync(sink.fileno())",
        "        sink.flush()",
        COPIES,
    ),
    Fault(
        "the schema is read while a server may still migrate it",
        "packaging/onsite/hall_database.py",
        'if machine.is_live and machine.unit_states([SERVER])[SERVER] != "active":',
        "if False:",
        ("test_site_database",),
    ),
    Fault(
        "a migration without disk space is begun",
        "server/store/backends/sqlite_upgrade.py",
        "if free < needed:",
        "if False:",
        ("test_core_migration",),
    ),
    Fault(
        "a copy of another state counts as the copy before a migration",
        "server/store/backends/sqlite_upgrade.py",
        "if _state(copy) == state and ",
        "if ",
        ("test_core_migration",),
    ),
    Fault(
        "the lock file is emptied before the database was checked",
        "server/store/backends/sqlite.py",
        "        fd = sqlite_engine.lock(self.path)\n",
        "        fd = sqlite_engine.lock(self.path)\n        sqlite_health.forget_end(fd)\n",
        ("test_core_migration", "test_core_integrity"),
    ),
)
