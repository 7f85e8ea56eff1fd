"""Run a long reading statement that makes way for the writer of the database.

Without WAL, a statement that reads holds a lock until its end, and no commit succeeds meanwhile: a command fails after
5 s. So a child process runs the statement. As soon as a transaction of the writer changes a row, the child is killed,
which releases its lock at once, and the statement begins again later. No other way works with every SQLite: 3.40
examines all pages of a table and its indexes before it checks whether it was interrupted.

With WAL, readers and the writer do not wait for each other. There is no rollback journal, so no child is killed.
"""

import errno
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from server.processes.child import DIE_WITH_PARENT

log = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("sqlite_preempt_child.py")
LOOK_EVERY_S = 0.02
FIRST_PAUSE_S = 0.5
"""The pause after the first kill; each further one takes twice as long, because a repeated read costs the disk."""
LONGEST_PAUSE_S = 30.0


def run_preemptibly(
    module: ModuleType,
    database: Path,
    statement: str,
    parameters: Sequence[str] = (),
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
    prepare: Callable[[], object] = lambda: None,
    attempts: int | None = None,
) -> list[list[Any]] | None:
    """Run a statement in a child process and return its rows.

    Return None if it was cancelled, or killed for the writer at each of ``attempts``. ``module``: the driver.
    ``is_cancelled()`` is called often. ``prepare()`` is called before each attempt. Raises the driver's
    ``DatabaseError``, and ``OSError`` when the child gives no result.
    """
    command = [module.__name__, str(database), statement, json.dumps(parameters)]
    pause_s, made = FIRST_PAUSE_S, 0
    with closing(module.connect(str(database), timeout=0, isolation_level=None)) as connection:

        def is_preempted() -> bool:
            return _is_written(module, connection, database)

        while not is_cancelled() and made != attempts:
            prepare()
            output = _output_of(command, lambda: is_cancelled() or is_preempted())
            if output is not None:
                return _rows(module, output)
            made += 1
            log.debug("%s: made way for the writer %d times", database, made)
            _pause(pause_s, is_cancelled)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    return None


def _is_written(module: ModuleType, connection: Any, database: Path) -> bool:
    """Return whether a transaction has changed the database and is not committed; false with WAL.

    A rollback journal with content has a living writer or was left by a power cut; only the former holds a lock.
    """
    try:
        if database.with_name(f"{database.name}-journal").stat().st_size == 0:
            return False
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except FileNotFoundError:
        return False
    except module.DatabaseError as error:
        return "locked" in str(error)
    return False


def _output_of(command: Sequence[str], is_to_stop: Callable[[], bool]) -> bytes | None:
    """Return the output of a child; kill it and return None when ``is_to_stop()``."""
    python = [sys.executable, "-I", str(CHILD)]
    tied = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
    with subprocess.Popen([*tied, *python, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        try:
            while not is_to_stop():
                try:
                    output, _ = child.communicate(timeout=LOOK_EVERY_S)
                except subprocess.TimeoutExpired:
                    continue
                if child.returncode != 0:
                    raise OSError(errno.ECHILD, f"the process that reads {command[1]} ended with {child.returncode}")
                return output
        finally:
            child.kill()
    return None


def _rows(module: ModuleType, output: bytes) -> list[list[Any]]:
    result = json.loads(output)
    if "error" in result:
        raise module.DatabaseError(result["error"])
    rows: list[list[Any]] = result["rows"]
    return rows


def _pause(pause_s: float, is_cancelled: Callable[[], bool]) -> None:
    for _ in range(round(pause_s / LOOK_EVERY_S)):
        if is_cancelled():
            return
        time.sleep(LOOK_EVERY_S)
