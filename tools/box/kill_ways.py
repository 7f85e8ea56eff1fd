"""The kills of a change of release that is under way."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from tools.box.container import Container
from tools.box.kill_moves import Measured, Move
from tools.box.kill_points import (
    BOTH_TIME,
    CHILD,
    POWER,
    SERVER_FILE,
    SERVICE_FILE,
    TERMINAL_FILE,
    TERMINAL_TIME,
    Point,
)
from tools.box.killers import (
    SERVER,
    SETTLE,
    Tracer,
    kill_child,
    kill_group,
    kill_process,
    kill_unit,
    new_process,
    processes_of,
    start,
    wait_while,
)

LOG_PAUSE_S = 0.01
CHILDREN, MAX_DELAY_S = 7, 0.2
"""How many programs the service starts until everything restarts, and for how long one of them may run at most."""


class Ways:
    """Starts a change on ``box`` and kills it at a point. ``measured``: undisturbed changes."""

    def __init__(self, box: Container, measured: Measured) -> None:
        self._box, self._measured = box, measured
        self._ways: Mapping[str, Callable[[Move, Point], float | None]] = {
            TERMINAL_TIME: self._kill_at_time,
            BOTH_TIME: self._kill_at_time,
            POWER: self._cut_power,
            TERMINAL_FILE: self._kill_terminal_at_file,
            SERVICE_FILE: self._kill_service_at_file,
            CHILD: self._kill_child,
            SERVER_FILE: self._kill_server_at_file,
        }

    def kill(self, move: Move, point: Point) -> float | None:
        """Kill a change; return when, in monotonic seconds, or None if it ended before."""
        return self._ways[point.kind](move, point)

    def _length_s(self, move: Move, point: Point) -> float:
        is_build = point.builds and move.upgrades
        return point.fraction * (self._measured.build_s if is_build else self._measured.changes[move.key].length_s)

    def _kill_at_time(self, move: Move, point: Point) -> float | None:
        end_s = time.monotonic() + self._length_s(move, point)
        installer = start(self._box.inside(move.command))
        is_running = wait_while(lambda: time.monotonic() < end_s, installer)
        kill_group(installer)
        if point.kind == BOTH_TIME:
            kill_unit(self._box, SETTLE)
        return time.monotonic() if is_running else None

    def _cut_power(self, move: Move, point: Point) -> float | None:
        end_s = time.monotonic() + self._length_s(move, point)
        installer = start(self._box.inside(move.command))
        is_running = wait_while(lambda: time.monotonic() < end_s, installer)
        killed_s = time.monotonic()
        self._box.cut_power()
        kill_group(installer)
        self._box.boot()
        return killed_s if is_running else None

    def _kill_terminal_at_file(self, move: Move, point: Point) -> float | None:
        tracer = self._tracer(point, self._measured.changes[move.key].terminal, follows_children=True)
        installer = start(tracer.command(self._box.inside(move.command)))
        wait_while(lambda: not tracer.has_killed(), installer, LOG_PAUSE_S)
        kill_group(installer)
        return time.monotonic() if tracer.has_killed() else None

    def _kill_service_at_file(self, move: Move, point: Point) -> float | None:
        tracer = self._tracer(point, self._measured.changes[move.key].service, follows_children=False)
        installer = start(self._box.inside(move.command))
        return self._kill_attached(tracer, new_process(self._box, SETTLE, set(), installer), installer)

    def _kill_child(self, move: Move, point: Point) -> float | None:
        installer = start(self._box.inside(move.command))
        place, delay_s = 1 + int(point.fraction * CHILDREN), (point.fraction * CHILDREN % 1) * MAX_DELAY_S
        is_hit = kill_child(self._box, SETTLE, place, delay_s, installer)
        kill_group(installer)
        return time.monotonic() if is_hit else None

    def _kill_server_at_file(self, move: Move, point: Point) -> float | None:
        known = set(processes_of(self._box, SERVER))
        tracer = self._tracer(point, self._measured.changes[move.key].server, follows_children=True)
        installer = start(self._box.inside(move.command))
        return self._kill_attached(tracer, new_process(self._box, SERVER, known, installer), installer)

    def _kill_attached(self, tracer: Tracer, pid: int | None, installer: subprocess.Popen[bytes]) -> float | None:
        """Follow the program ``pid`` until it is killed; the installer's terminal goes with it."""
        if pid is not None:
            tracer.attach(pid)
            wait_while(lambda: not tracer.has_killed() and not tracer.is_over(), installer, LOG_PAUSE_S)
            if tracer.has_killed():
                kill_process(pid)  # strace does not always end a program of many threads at once
            tracer.detach()
        kill_group(installer)
        return time.monotonic() if pid is not None and tracer.has_killed() else None

    def _tracer(self, point: Point, operations: Sequence[str], *, follows_children: bool) -> Tracer:
        kill_at = operations[: 1 + int(point.fraction * len(operations))]
        return Tracer(self._box.folder / "trace.txt", kill_at, follows_children=follows_children)
