"""Test which host reaches which, over good, slow, split and cut links."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.local_network import LocalNetwork, NetworkHost
from support.server_process import ROOT, need
from support.waiting import PATIENCE_S, until

PORT = 8470
DATAGRAMS = 400


@pytest.fixture
def network(tmp_path: Path) -> Iterator[LocalNetwork]:
    with LocalNetwork(tmp_path) as network:
        network.host("box", "10.77.0.10")
        network.host("kiosk", "10.77.0.12")
        network.host("tv", "10.77.0.13")
        yield network


def answer(server: socket.socket, client: socket.socket, text: bytes) -> bytes:
    """Send ``text`` from the client, and return what the accepted connection receives."""
    with client, server.accept()[0] as accepted:
        client.settimeout(PATIENCE_S)
        accepted.settimeout(PATIENCE_S)
        sending = threading.Thread(target=_send_all, args=(client, text))
        sending.start()
        received = b"".join(iter(lambda: accepted.recv(65_536), b""))
        sending.join()
        return received


def _send_all(client: socket.socket, text: bytes) -> None:
    client.sendall(text)
    client.shutdown(socket.SHUT_WR)


def reaches(host: NetworkHost, other: NetworkHost, within_s: float = 0.5) -> bool:
    """Return whether a datagram from ``host`` reaches ``other``. It is sent again, since a switch learns by and by."""
    with host.inside():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with other.inside():
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender, receiver:
        receiver.bind((other.address, PORT))
        receiver.settimeout(within_s / 5)
        for _ in range(5):
            sender.sendto(b"?", (other.address, PORT))
            try:
                return receiver.recv(10) == b"?"
            except TimeoutError:
                continue
    return False


def test_a_host_reaches_another_and_each_has_a_loopback_of_its_own(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    with box.listen(PORT) as server:
        assert answer(server, kiosk.connect(box.address, PORT), b"x" * 3_000_000) == b"x" * 3_000_000
    with box.inside(), socket.create_server(("127.0.0.1", PORT)):
        socket.create_connection(("127.0.0.1", PORT)).close()
        with kiosk.inside(), pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", PORT))


def test_no_host_reaches_the_network_of_the_machine(network: LocalNetwork) -> None:
    with pytest.raises(OSError, match="unreachable"):
        network.hosts["kiosk"].connect("192.0.2.1", 80, timeout_s=1)


def test_programs_and_threads_started_inside_stay_on_the_host(network: LocalNetwork) -> None:
    box = network.hosts["box"]
    shows = box.start([need("ip"), "-brief", "address", "show", "eth0"], stdout=subprocess.PIPE, text=True)
    assert "10.77.0.10/24" in shows.communicate()[0]
    assert Path("/proc/thread-self/ns/net").readlink() == Path("/proc/self/ns/net").readlink()


def test_a_cut_host_reaches_nobody_until_it_is_mended(network: LocalNetwork) -> None:
    box, kiosk, tv = network.hosts["box"], network.hosts["kiosk"], network.hosts["tv"]
    assert reaches(box, kiosk)
    network.cut("kiosk")
    assert not reaches(box, kiosk) and not reaches(kiosk, box) and reaches(box, tv)
    network.mend("kiosk")
    until(lambda: reaches(box, kiosk) and reaches(kiosk, box), "the mended link to carry")


def test_a_connection_outlives_a_short_cut(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    with box.listen(PORT) as server, kiosk.connect(box.address, PORT) as client, server.accept()[0] as accepted:
        network.cut("kiosk")
        client.sendall(b"sent while cut")
        accepted.settimeout(0.2)
        with pytest.raises(TimeoutError):
            accepted.recv(100)
        network.mend("kiosk")
        accepted.settimeout(PATIENCE_S)
        assert accepted.recv(100) == b"sent while cut"


def test_a_split_network_carries_on_both_sides_and_not_between_them(network: LocalNetwork) -> None:
    box, kiosk, tv = network.hosts["box"], network.hosts["kiosk"], network.hosts["tv"]
    network.split("kiosk", "tv")
    until(lambda: reaches(kiosk, tv), "both hosts of the one side to meet")
    assert not reaches(box, kiosk) and not reaches(tv, box)
    network.mend()
    until(lambda: reaches(box, kiosk) and reaches(tv, box), "the network to be one again")


def test_a_slow_link_delays_each_frame(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    network.slow("kiosk", delay_ms=60)
    with box.listen(PORT) as server:
        start_s = time.monotonic()
        assert answer(server, kiosk.connect(box.address, PORT), b"late") == b"late"
        took_s = time.monotonic() - start_s
    assert took_s >= 3 * 0.060  # one way for each: asking to connect, its answer, the text


def test_a_lossy_link_loses_its_share_and_tcp_repeats_what_was_lost(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    assert reaches(box, kiosk)
    link = network.slow("kiosk", loss=0.25)
    with kiosk.inside():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender:
        for _ in range(DATAGRAMS):
            sender.sendto(b"?", (box.address, PORT + 1))
    until(lambda: link.passed + link.lost >= DATAGRAMS, "the relay to have read all datagrams")
    assert 0.15 < link.lost / (link.passed + link.lost) < 0.35
    with box.listen(PORT) as server:
        assert answer(server, kiosk.connect(box.address, PORT), b"x" * 100_000) == b"x" * 100_000


def test_a_narrow_link_takes_its_time_for_each_byte(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    network.slow("kiosk", rate_kbit=1_000)
    with box.listen(PORT) as server:
        start_s = time.monotonic()
        assert len(answer(server, kiosk.connect(box.address, PORT), b"x" * 25_000)) == 25_000
    assert time.monotonic() - start_s >= 25_000 * 8 / 1_000_000


def test_a_slow_host_can_be_cut_and_is_quick_once_mended(network: LocalNetwork) -> None:
    box, kiosk = network.hosts["box"], network.hosts["kiosk"]
    network.slow("kiosk", delay_ms=1)
    until(lambda: reaches(kiosk, box), "the slow link to carry")
    network.cut("kiosk")
    assert not reaches(kiosk, box)
    network.mend("kiosk")
    until(lambda: reaches(kiosk, box), "the mended link to carry")
    network.slow("kiosk", loss=1.0)
    assert not reaches(kiosk, box)


def test_http_and_chromium_begin_at_their_host(network: LocalNetwork, browser: Browser) -> None:
    box, kiosk, tv = network.hosts["box"], network.hosts["kiosk"], network.hosts["tv"]
    (network.folder / "index.html").write_text("<title>Hall</title>")
    command = [sys.executable, "-m", "http.server", "--bind", box.address, str(PORT)]
    log = (network.folder / "log").open("w+")
    server = box.start(command, cwd=network.folder, stdout=log, stderr=log)
    with log:
        try:
            pool = kiosk.pool(retries=False)
            url = f"http://{box.address}:{PORT}/"
            until(lambda: _listens(kiosk, box), "the web server to listen")
            assert b"Hall" in pool.request("GET", url).data
            page = tv.chromium(browser).new_page()
            page.goto(url)
            assert page.title() == "Hall"
        finally:
            server.terminate()
            server.wait()
        log.seek(0)
        callers = [line.split(" ")[0] for line in log if '"GET / HTTP' in line]
    assert callers == [kiosk.address, tv.address]


def _listens(host: NetworkHost, other: NetworkHost) -> bool:
    try:
        host.connect(other.address, PORT).close()
    except ConnectionRefusedError:
        return False
    return True


CHILD = """
import os, sys
from pathlib import Path
from support.orphans import end_with_this_process
from support.local_network import LocalNetwork
end_with_this_process()
with LocalNetwork(Path(sys.argv[1])) as network:
    host = network.host("box", "10.77.0.10")
    network.slow("box", delay_ms=1)
    host.start(["sleep", "1000"])
    print(os.stat(host.path).st_ino, os.stat(network.space.path).st_ino, flush=True)
    sys.stdin.read()
"""


def test_a_killed_run_leaves_no_namespace_and_no_interface(tmp_path: Path) -> None:
    before = _interfaces()
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    run = subprocess.Popen(
        [sys.executable, "-c", CHILD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    assert run.stdin is not None and run.stdout is not None
    with run.stdin, run.stdout:
        namespaces = {int(inode) for inode in run.stdout.readline().split()}
        assert len(namespaces) == 2 and namespaces & _used_namespaces()
        assert _interfaces() == before
        run.send_signal(signal.SIGKILL)
        run.wait()
    until(lambda: not namespaces & _used_namespaces(), "the programs of the killed run to end")
    assert _interfaces() == before


def test_without_the_right_the_message_names_the_command(tmp_path: Path) -> None:
    code = "import sys; from support.local_network import LocalNetwork; LocalNetwork(sys.argv[1])"
    command = [need("setpriv"), "--bounding-set=-sys_admin", sys.executable, "-c", code, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    ran = subprocess.run(command, capture_output=True, text=True, env=env)
    assert ran.returncode != 0 and "run: sudo make test" in ran.stderr


def _used_namespaces() -> set[int]:
    """Return the network namespaces that a process of this machine is in."""
    used: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            used.add((folder / "ns/net").stat().st_ino)
        except OSError:  # it has ended
            continue
    return used


def _interfaces() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())
