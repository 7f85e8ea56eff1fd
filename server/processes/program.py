"""The description of a program that is run as a child process."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackOff:
    """Pauses in seconds before a program that died is started again.

    The last pause repeats. After a program was ready for ``steady_s``, the first pause is used again.
    """

    pauses_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
    steady_s: float = 10.0

    def pause_s(self, failures: int) -> float:
        """Return the pause after a failure; ``failures`` is the number of failures before it."""
        return self.pauses_s[min(failures, len(self.pauses_s) - 1)]


@dataclass(frozen=True, slots=True)
class Program:
    """A program to supervise, with its time limits.

    ``is_ready`` makes one attempt in a thread of its own; it may block for a second and must not raise. With
    ``check_every_s`` it is also called after the start, and a program that fails three times in a row is killed. A
    program that is not ready within ``ready_within_s``, or has not stopped within ``stop_within_s``, is killed.
    ``needs`` names the programs that must be ready before the first start. An exit with ``fatal_exit_code`` stops the
    supervisor.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    needs: tuple[str, ...] = ()
    ready_within_s: float = 30.0
    stop_within_s: float = 5.0
    check_every_s: float | None = None
    back_off: BackOff = BackOff()
    fatal_exit_code: int | None = None
