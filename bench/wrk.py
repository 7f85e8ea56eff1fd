"""Put load on a server by wrk.

wrk is a C program, so the client takes little processor time from the server on the same machine.
"""

import json
import resource
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import WrongAnswer
from support.server_process import need

SCRIPTS = Path(__file__).parent / "load"


@dataclass(frozen=True, slots=True)
class RequestTimes:
    """The requests of one kind: latencies in ms, ordered.

    ``failed``: the number of answers that the script did not accept.
    """

    latencies_ms: Sequence[float]
    failed: int


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one run: its duration, and the requests of each kind.

    ``noted``: the words that the script recorded, by client. ``cpu_share``: the share of a core that wrk took.
    """

    seconds: float
    kinds: Mapping[str, RequestTimes]
    noted: Mapping[str, Sequence[str]]
    cpu_share: float

    def per_s(self, kind: str) -> float:
        """Return the accepted answers of a kind per second."""
        return len(self.kinds[kind].latencies_ms) / self.seconds


def wrk(
    base_url: str,
    script: str,
    *,
    clients: int,
    seconds: int,
    arguments: Sequence[str] = (),
) -> Load:
    """Run a script of ``load`` against a server.

    Each client has a connection and a thread of its own. Raises ``WrongAnswer`` when an answer was not accepted, or wrk
    failed.
    """
    command = [need("wrk"), "-t", str(clients), "-c", str(clients), "-d", f"{seconds}s", "--timeout", "30s"]
    before_s = _children_cpu_s()
    done = subprocess.run(
        [*command, "-s", str(SCRIPTS / script), base_url, "--", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"LUA_PATH": f"{SCRIPTS}/?.lua;;", "PATH": "/usr/bin:/bin"},
    )
    cpu_s = _children_cpu_s() - before_s
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise WrongAnswer(f"wrk ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    result = json.loads(lines[-1])
    kinds = {name: RequestTimes(sorted(row["ms"]), row["failed"]) for name, row in result["kinds"].items()}
    failed = {name: kind.failed for name, kind in kinds.items() if kind.failed}
    if failed:
        raise WrongAnswer(f"{script}: answers were not accepted: {failed}; first: {result['first_failure']}")
    return Load(result["seconds"], kinds, result["noted"], cpu_s / result["seconds"])


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
