"""A planted fault: one wrong line, and the tests that must find it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """``old`` stands once in ``file`` and becomes ``new``.

    ``tests``: files of ``tests/unit``, or of another folder of ``tests`` that is named before a slash.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def test_files(self) -> tuple[Path, ...]:
        """Return the paths of the tests, from the top of the tree."""
        return tuple(Path("tests", test if "/" in test else f"unit/{test}").with_suffix(".py") for test in self.tests)
