"""Check out the code of another commit, to measure it beside the present one."""

import compileall
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import WrongAnswer
from support.server_process import ROOT, need

PROGRAM_FOLDERS = ("kiosk", "counter", "display", "server", "hardware", "config")


@contextmanager
def tree_of(commit: str, folder: Path) -> Iterator[Path]:
    """Provide the tree of a commit, below ``folder``, until the block ends."""
    tree = folder / "tree"
    _git("worktree", "prune")
    _git("worktree", "add", "--quiet", "--detach", str(tree), f"{commit}^{{commit}}")
    try:
        compile_programs(tree)
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def compile_programs(tree: Path) -> None:
    """Write the bytecode of all programs of a tree.

    ``make run`` and the installation do so too; without it each start compiles the modules.
    """
    for name in PROGRAM_FOLDERS:
        if not compileall.compile_dir(tree / name, quiet=1):
            raise WrongAnswer(f"{name} cannot be compiled")


def short_name(commit: str) -> str:
    """Return the short hash of a commit."""
    return _git("rev-parse", "--short", f"{commit}^{{commit}}").strip()


def _git(*arguments: str) -> str:
    done = subprocess.run([need("git"), "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WrongAnswer(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
