"""Upgrades and roll-backs killed anywhere: the hall runs on, no number is lost."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.box.checks import ALL_UNITS, expect
from tools.box.container import Container
from tools.box.image import report
from tools.box.kill_moves import FIRST, MIGRATED, SECOND, Measured, Move, Releases, undisturbed_s
from tools.box.kill_points import Point, points
from tools.box.kill_start import prepared
from tools.box.kill_ways import Ways
from tools.box.ledger import Ledger
from tools.box.proof import LOCAL

RECOVERY_S = 60.0
RERUN_EVERY = 16
"""How often an installer runs again undisturbed, which ends the change."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a kill. ``outcome``: old, new, or either before the kill could be; ``tickets``: how many."""

    kind: str
    move: str
    outcome: str
    recovery_s: float
    tickets: int


def prove_kills(box: Container, first: int, count: int) -> None:
    """Kill changes of release, and print the results.

    They are those from the number ``first``, counted from 0, to ``count``.
    """
    proof = KillProof(box, prepared(box))
    results = []
    try:
        for point in points(first, count):
            results.append(proof.kill(point))  # noqa: PERF401 - a broken promise leaves the earlier ones to print
    finally:
        _print_summary(results)


class KillProof:
    """Kills changes of release on ``box``, one after the other."""

    def __init__(self, box: Container, measured: Measured) -> None:
        self._box = box
        self._releases = Releases(box)
        self._ledger = Ledger(box, LOCAL)
        self._ledger.adopt()
        self._upgrades = 0
        self._known_before_migration: set[str] = set()
        self._ways = Ways(box, measured)

    # --- a kill

    def kill(self, point: Point) -> Result:
        """Start the next change, kill it, and see what runs then."""
        move = self._next_move(point)
        before_release, before = self._releases.current(), self._ledger.stored()
        if move.upgrades or move.forgets or move.other != MIGRATED:  # another roll-back refuses to forget a number
            self._ledger.open_doors()
        try:
            killed_s = self._ways.kill(move, point)
        finally:
            self._ledger.close_doors()
        is_hit = killed_s is not None
        recovery_s = self._recover(point, killed_s if killed_s is not None else time.monotonic())
        after = self._releases.current()
        expect("the old or the new release runs", after in (before_release, self._target(move)), after)
        self._forget(move, after)
        tickets = self._ledger.check(before)
        outcome = ("old" if after == before_release else "new") + ("" if is_hit else ", ended before the kill")
        result = Result(point.kind, str(move), outcome, recovery_s, tickets)
        print(
            f"kill {point.number}: {point.kind} at {point.fraction:.2f}{' with build' if point.builds else ''},"
            f" {move}: {outcome}, {recovery_s:.1f} s, {tickets} tickets",
            flush=True,
        )
        self._run_again(point, move, after)
        return result

    def _next_move(self, point: Point) -> Move:
        """Choose the next change by the release that runs, and prepare it."""
        current = self._releases.current()
        if current == FIRST:
            self._upgrades += 1
            turn = self._upgrades % 8
            if turn == 3 and not point.builds:  # a roll-back that has nothing to forget
                self._upgrade_without_visitors()
                return Move(MIGRATED, upgrades=False)
            move = Move(SECOND if turn % 2 == 0 else MIGRATED, upgrades=True)
            if move.other == MIGRATED:
                self._known_before_migration = self._ledger.given()
            (self._releases.take_away if point.builds else self._releases.put_back)(move.other)
            return move
        self._releases.put_back(FIRST)
        has_new = current == MIGRATED and bool(self._ledger.given() - self._known_before_migration)
        return Move(current, upgrades=False, forgets=has_new)

    def _upgrade_without_visitors(self) -> None:
        self._known_before_migration = self._ledger.given()
        self._releases.put_back(MIGRATED)
        undisturbed_s(self._box, Move(MIGRATED, upgrades=True))

    def _target(self, move: Move) -> str:
        return move.other if move.upgrades else FIRST

    def _forget(self, move: Move, after: str) -> None:
        if move.forgets and after == FIRST:
            self._ledger.forget_since(self._known_before_migration)

    def _recover(self, point: Point, killed_s: float) -> float:
        """Wait until a release runs and nothing changes; return the seconds since the kill."""
        box, deadline_s = self._box, killed_s + RECOVERY_S
        box.wait_until(
            f"the hall runs after kill {point.number} ({point.kind})",
            self._is_calm,
            max(1.0, deadline_s - time.monotonic()),
        )
        return time.monotonic() - killed_s

    def _is_calm(self) -> bool:
        states = self._box.output_of("systemctl", "is-active", *(f"luot-{unit}" for unit in ("settle", *ALL_UNITS)))
        settle, *programs = states.splitlines() or [""]
        is_settled = settle in ("inactive", "failed")
        return is_settled and programs == ["active"] * len(ALL_UNITS) and self._ledger.take()

    def _run_again(self, point: Point, move: Move, after: str) -> None:
        """Let the installer finish a change that waits, or make one again now and then."""
        is_pending = (self._box.root / "opt/luot/change.json").exists()
        wants = is_pending or point.builds or point.number % RERUN_EVERY == 0
        if not wants or (after == self._target(move) and not move.upgrades and not is_pending):
            return
        if not is_pending and not move.upgrades and move.other == MIGRATED:
            move = Move(move.other, upgrades=False, forgets=True)
        if not point.builds and not is_pending:
            self._releases.put_back(self._target(move))
        elapsed_s = undisturbed_s(self._box, move)
        expect("the installer's next run ends the change", self._releases.current() == self._target(move))
        self._forget(move, self._target(move))
        pending = ", which waited" if is_pending else ""
        print(f"kill {point.number}: the next run of the installer ended it{pending}: {elapsed_s:.1f} s", flush=True)


def _print_summary(results: Sequence[Result]) -> None:
    """Print the counts by kind of kill, by change and by outcome."""
    if not results:
        return
    for name, keys in (("kind", [result.kind for result in results]), ("change", [result.move for result in results])):
        counts = Counter(zip(keys, (result.outcome for result in results), strict=True))
        for (key, outcome), count in sorted(counts.items()):
            report(f"by {name}: {key}: {outcome}: {count}")
    slowest = max(results, key=lambda result: result.recovery_s)
    hits = sum("ended" not in result.outcome for result in results)
    report(f"{len(results)} changes, {hits} of them killed before their end; tickets checked {results[-1].tickets}")
    report(f"slowest recovery {slowest.recovery_s:.1f} s: {slowest.kind}, {slowest.move}: {slowest.outcome}")
