"""The present problems of the hall's network, for the health page and the network's page."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.network.findings import NetworkFinding


class NetworkFault(StrEnum):
    """The kinds of problems, the worst first. The health page shows the first one."""

    NO_CERTIFICATE = "no_certificate"
    NO_NETWORK = "no_network"
    CLOSED = "address_closed"
    CERTIFICATE = "certificate"
    CERTIFICATE_END = "certificate_end"
    OPEN_ID = "open_id"
    NOT_ANNOUNCED = "not_announced"

    @property
    def stops_machines(self) -> bool:
        """Return whether other machines cannot work because of it."""
        return self in (NetworkFault.NO_CERTIFICATE, NetworkFault.NO_NETWORK, NetworkFault.CLOSED)


@dataclass(frozen=True, slots=True)
class NetworkProblem:
    """One problem. ``text``: an English sentence with the remedy, as in the log; ``findings``: what it says."""

    fault: NetworkFault
    text: str
    findings: tuple[NetworkFinding, ...] = ()


class NetworkProblems:
    """The newest problem of each subject, such as a setting. Thread-safe. ``on_change`` is called after each change."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._problems: dict[str, NetworkProblem] = {}

    def report(self, subject: str, fault: NetworkFault, text: str, findings: Sequence[NetworkFinding] = ()) -> None:
        """Store the problem of a subject; the ``text`` "" ends it. A ``text`` that is a finding is one."""
        if isinstance(text, NetworkFinding):
            findings = (text,)
        with self._lock:
            before = self._problems.pop(subject, None)
            after = NetworkProblem(fault, text, tuple(findings)) if text else None
            if after is not None:
                self._problems[subject] = after
        if after != before:
            self._on_change()

    def all(self) -> Sequence[NetworkProblem]:
        """Return all problems, the worst first."""
        worst_first = list(NetworkFault)
        with self._lock:
            return sorted(self._problems.values(), key=lambda problem: worst_first.index(problem.fault))
