"""Upgrades and roll-backs between three releases, made and measured on one machine."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.box.checks import ALL_UNITS, expect, release
from tools.box.container import Container
from tools.box.image import call, export, name_of, report
from tools.box.killers import SERVER, SETTLE, Tracer, new_process, processes_of, start

FIRST, SECOND, MIGRATED = "first", "second", "migrated"
"""Releases: the first two have one schema of the database, "migrated" has one migration more."""
VERSIONS = {FIRST: "0.0.1", SECOND: "0.0.2", MIGRATED: "0.0.5"}
PATIENCE = ("--within", "60", "--calm", "2")
WHEELS = ("--wheels", "/wheels")
MAX_CHANGE_S = 120.0
"""How long an upgrade or a roll-back may take."""
KEPT, SERVICE_TRACE = "srv/kept", "service"


@dataclass(frozen=True, slots=True)
class Move:
    """A change of release. ``upgrades`` to ``other``, or back from it; ``forgets``: numbers since a migration."""

    other: str
    upgrades: bool
    forgets: bool = False

    @property
    def command(self) -> list[str]:
        """Return the command line."""
        if self.upgrades:
            return [f"/{self.other}/packaging/install", "upgrade", *WHEELS, *PATIENCE]
        return ["luot-site", "roll-back", *(["--forget-numbers"] if self.forgets else []), *PATIENCE]

    @property
    def key(self) -> tuple[str, bool]:
        """Return what measures are kept by."""
        return self.other, self.upgrades

    def __str__(self) -> str:
        kind = "with migration" if self.other == MIGRATED else "same schema"
        forgetting = ", --forget-numbers" if self.forgets else ""
        return f"{'upgrade' if self.upgrades else 'roll-back'} ({kind}{forgetting})"


@dataclass(frozen=True, slots=True)
class Measures:
    """Seconds and file operations of a change that nobody disturbs.

    ``terminal``: of the installer or the child of it that has most; ``service``: of the settling program;
    ``server``: of the starting server's busiest thread.
    """

    length_s: float
    terminal: Sequence[str]
    service: Sequence[str]
    server: Sequence[str]


@dataclass(slots=True)
class Measured:
    """Measures of undisturbed changes. ``build_s``: an upgrade that builds the release."""

    build_s: float
    changes: dict[tuple[str, bool], Measures] = field(default_factory=dict)


class Releases:
    """The releases of ``box``, whose sources are folders beside its root. Built once, they are kept and put back."""

    def __init__(self, box: Container) -> None:
        self._box = box
        self.names = {version: name_of(box.folder / version) for version in (FIRST, SECOND, MIGRATED)}

    def current(self) -> str:
        """Return which release runs."""
        running = release(self._box)
        return next(version for version, name in self.names.items() if name == running)

    def keep(self, version: str) -> None:
        """Keep a built release."""
        kept = self._box.root / KEPT
        kept.mkdir(parents=True, exist_ok=True)
        call("cp", "-al", str(self._installed(version)), str(kept))

    def put_back(self, version: str) -> None:
        """Have the installer find a release built."""
        if not (self._installed(version) / "whole").exists():
            self.take_away(version)
            call("cp", "-al", str(self._box.root / KEPT / self.names[version]), str(self._installed(version)))

    def take_away(self, version: str) -> None:
        """Have the installer build a release."""
        call("rm", "-rf", str(self._installed(version)))

    def _installed(self, version: str) -> Path:
        return self._box.root / "opt/luot" / self.names[version]


def undisturbed_s(box: Container, move: Move) -> float:
    """Make a change to its end; return the seconds that it took."""
    began = time.monotonic()
    box.run(*move.command)
    elapsed_s = time.monotonic() - began
    is_busy = os.getloadavg()[0] > (os.cpu_count() or 1)  # other work on this machine says nothing about ours
    expect(f"{move} takes at most {MAX_CHANGE_S:.0f} s", elapsed_s <= MAX_CHANGE_S or is_busy, f"{elapsed_s:.1f} s")
    expect("everything runs", box.active(*ALL_UNITS))
    return elapsed_s


def measure(box: Container, move: Move) -> Measures:
    """Make a change to its end under strace; return what there is to count."""
    logs = {part: box.folder / f"trace-{part}.txt" for part in ("terminal", SERVICE_TRACE, "server")}
    terminal, service, server = (Tracer(log, (), follows_children=part != SERVICE_TRACE) for part, log in logs.items())
    known, began = set(processes_of(box, SERVER)), time.monotonic()
    installer = start(terminal.command(box.inside(move.command)))
    _attach(service, new_process(box, SETTLE, set(), installer))
    _attach(server, new_process(box, SERVER, known, installer))
    box.wait_until("the server has started", lambda: box.active("server"))
    server.detach()
    installer.wait()
    length_s = time.monotonic() - began
    service.detach()
    expect(f"{move} works under strace", installer.returncode == 0, str(installer.returncode))
    measures = Measures(length_s, terminal.operations(), service.operations(), server.operations())
    counts = ", ".join(f"{part} {len(getattr(measures, part))}" for part in logs)
    report(f"{move}: {length_s:.1f} s; file operations: {counts}")
    return measures


def _attach(tracer: Tracer, pid: int | None) -> None:
    if pid is not None:
        tracer.attach(pid)


def make_sources(folder: Path) -> None:
    """Put the sources of the three releases into ``folder``."""
    for version, number in VERSIONS.items():
        export(folder / version, number, "HEAD")
    _add_migration(folder / MIGRATED)


def _add_migration(source: Path) -> None:
    """Give a source one migration more."""
    folder = source / "server/store/migrations/versions"
    newest = max(path.name[:4] for path in folder.glob("[0-9]*.py"))
    added = f"{int(newest) + 1:04}"
    (folder / f"{added}_kill_proof.py").write_text(
        '"""A table that nothing uses."""\n\n'
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{added}"\ndown_revision = "{newest}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        "def upgrade() -> None:\n"
        '    op.create_table("kill_proof", sa.Column("id", sa.String(40), primary_key=True))\n'
        '    op.execute("INSERT INTO kill_proof SELECT id FROM ticket")\n',
        encoding="utf-8",
    )
