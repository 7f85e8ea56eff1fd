"""The inputs of every part of the benchmark."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True, slots=True)
class BenchContext:
    """The folder of a part, and the function that reports its progress.

    ``folder`` is on the disk of the repository, because the figures of a server depend on its disk. ``progress`` prints
    a short text that names the current measurement.
    """

    folder: Path
    progress: Callable[[str], None]

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """Provide an empty folder, which is removed at the end."""
        with TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)
