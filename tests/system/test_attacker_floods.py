"""Fill the hall's sockets, threads, memory, disk and pending list from one machine.

Each test keeps its flood up while the hall's own kiosk issues numbers and a clerk's page is drawn, and then looks at
what the flood has left behind.
"""

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from support.guarded_hall import (
    BROKER_PORT,
    HOSTS,
    STAFF_PORT,
    VISITOR_PORT,
    Client,
    GuardedHall,
    guarded_hall,
    tls_context,
)
from support.server_process import ROOT, request_id
from support.waiting import until

CONNECTIONS = 1500
SLOW_READERS = 150
REQUESTS = 600
NUMBERS = 10
HALF_A_REQUEST = b"POST /api/v1/tickets HTTP/1.1\r\nHost: 10.77.0.10:8470\r\nContent-Length: 1000\r\nX: "


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    with guarded_hall(tmp_path_factory.mktemp("floods")) as hall:
        yield hall
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def serves_its_own_devices(hall: GuardedHall) -> None:
    """Issue numbers at the kiosk and draw a page; each at the first try."""
    kiosk = hall.device("kiosk-2", "kiosk")
    for _ in range(NUMBERS):
        body = {"request_id": request_id(), "service": "ct", "station": "kiosk-2"}
        reply = kiosk.call("/tickets", body)
        assert reply.status == 201, (reply.status, reply.body)
    assert hall.person("quan-tri").get("/staff/health").status == 200


@contextmanager
def connections(hall: GuardedHall, port: int, count: int, *, tls: bool = False) -> Iterator[list[socket.socket]]:
    """Open connections from the attacker's machine; those that the hall refuses are left out."""
    opened: list[socket.socket] = []
    with ExitStack() as closing:
        for _ in range(count):
            try:
                plain = hall.host("attacker").connect(HOSTS["box"], port, 5.0)
                encrypted = tls_context().wrap_socket(plain) if tls else plain
            except (OSError, ssl.SSLError):
                continue
            opened.append(closing.enter_context(encrypted))
        yield opened


def sends(opened: list[socket.socket], data: bytes) -> int:
    """Send ``data`` on each connection that is still open; return on how many."""
    count = 0
    for connection in opened:
        try:
            connection.sendall(data)
            count += 1
        except OSError:
            continue
    return count


@pytest.mark.parametrize("port", [STAFF_PORT, VISITOR_PORT, BROKER_PORT])
def test_silent_connections_keep_nobody_out(hall: GuardedHall, port: int) -> None:
    with connections(hall, port, CONNECTIONS) as opened:
        assert opened
        serves_its_own_devices(hall)
        assert hall.client("desk").pool.request("GET", f"{hall.visitors}/").status == 200


def test_requests_that_never_end_hold_no_thread(hall: GuardedHall) -> None:
    with connections(hall, STAFF_PORT, 300, tls=True) as opened:
        assert sends(opened, HALF_A_REQUEST) > 0
        for _ in range(5):
            sends(opened, b"a")
        serves_its_own_devices(hall)


def test_callers_who_read_nothing_hold_no_thread(hall: GuardedHall) -> None:
    path = largest_file()
    assert len(hall.client().get(path).body) > 50_000
    ask = f"GET {path} HTTP/1.1\r\nHost: {HOSTS['box']}:{STAFF_PORT}\r\n\r\n".encode()
    with connections(hall, STAFF_PORT, SLOW_READERS, tls=True) as opened:
        assert sends(opened, ask * 20) > SLOW_READERS / 2
        serves_its_own_devices(hall)


def largest_file() -> str:
    """Return the path of the largest file that everybody may read."""
    folder = ROOT / "server/web/static"
    files = [file for file in (folder / "staff").rglob("*") if file.is_file()]
    return f"/static/{max(files, key=lambda file: file.stat().st_size).relative_to(folder)}"


def test_a_storm_of_refused_requests_leaves_no_more_than_some_lines(hall: GuardedHall) -> None:
    hall.client().get("/")
    before, log_before = state_bytes(hall), len(hall.log)
    attacker = hall.client(Authorization="Bearer wrong", Cookie="luot_session=wrong")
    for number in range(REQUESTS // 6):
        for path in (f"/{number}", f"/clerk/{number}", f"/api/v1/tickets/{number}", "/api/v1/board", "/manager"):
            assert attacker.get(path).status in (303, 302, 401, 403, 404, 503)
        attacker.ask("POST", "/sign-in", form={"name": f"name {number}", "password": "wrong"})
    assert state_bytes(hall) - before < REQUESTS * 1000
    assert len(hall.log) - log_before < REQUESTS * 100
    serves_its_own_devices(hall)


def state_bytes(hall: GuardedHall) -> int:
    return sum(path.stat().st_size for path in hall.state.rglob("*") if path.is_file())


def test_bodies_without_end_take_no_memory(hall: GuardedHall) -> None:
    before = memory_kib(hall)
    head = f"POST /sign-in HTTP/1.1\r\nHost: {HOSTS['box']}:{STAFF_PORT}\r\nContent-Length: 900000000\r\n\r\n".encode()
    with connections(hall, STAFF_PORT, 100, tls=True) as opened:
        sends(opened, head)
        for _ in range(10):
            sends(opened, b"x" * 60_000)
        serves_its_own_devices(hall)
    assert memory_kib(hall) - before < 100_000


def memory_kib(hall: GuardedHall) -> int:
    status = Path(f"/proc/{hall.process_id}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_the_hall_forgets_the_floods(hall: GuardedHall) -> None:
    """The server has closed every connection of the attacker soon after they ended."""
    until(lambda: sockets_of(hall) < 100, lambda: f"{sockets_of(hall)} sockets")


def sockets_of(hall: GuardedHall) -> int:
    descriptors = Path(f"/proc/{hall.process_id}/fd").iterdir()
    return sum(1 for descriptor in descriptors if _target(descriptor).startswith("socket:"))


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def test_a_flood_of_enrolments_is_bounded_and_refused(hall: GuardedHall) -> None:
    attacker = hall.client()
    statuses = [begin(attacker) for _ in range(60)]
    assert statuses.count(201) + statuses.count(200) <= 6 and statuses[-1] == 429
    assert begin(hall.client("kiosk")) in (200, 201)  # another machine begins meanwhile


def begin(client: Client) -> int:
    body = {"kind": "kiosk", "station": "kiosk-9", "commitment": "ab" * 32}
    return client.call("/enrolments", body).status
