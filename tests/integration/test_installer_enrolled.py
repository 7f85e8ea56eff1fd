"""``luot-hardware health`` on an enrolled station, which has a token and a server of its own."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.wire.messages import DeviceCredentials
from server.wire.messages.enrolment import DeviceKind, DeviceRecord, StationDeviceKind
from server.wire.station.enrol.stored import EnrolmentStore, StoredEnrolment
from support.installing import Finished, closed_address, luot_hardware
from support.stand_in_authority import CertificateFiles, StandInAuthority, stand_in_authority

TOKEN = "token-of-the-station"
PRINTER = {"device": "printer", "state": "ready", "code": None, "since": "2026-11-23T01:02:00.000Z"}


class HallServer(BaseHTTPRequestHandler):
    """A hall's server, which reports to the station with ``TOKEN`` only."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        station = {"station": "kiosk-2", "kind": "kiosk", "online": True, "devices": [PRINTER]}
        body = json.dumps({"stations": [station]} if known else {"error": "unauthenticated"}).encode()
        status = self.server.status  # type: ignore[attr-defined]
        self.send_response(status if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no log."""


@pytest.fixture
def authority(tmp_path: Path) -> StandInAuthority:
    return stand_in_authority(tmp_path, "authority", datetime.now(UTC))


@contextmanager
def hall_server(files: CertificateFiles, status: int = 200) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HallServer)
    server.status = status  # type: ignore[attr-defined]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def enrol(
    state: Path, server: str, trust_pem: str, *, kind: StationDeviceKind = "kiosk", token: str = TOKEN
) -> EnrolmentStore:
    """Store an enrolment as the station does; the id is not that of the settings."""
    device = DeviceRecord(id="kiosk-2", kind=DeviceKind(kind), name="Ki-ốt cửa sau", place="", counters=["c1"])
    credentials = DeviceCredentials(
        device=device, token=token, office="mau", trust_pem=trust_pem, broker="127.0.0.1:8883",
        broker_user="kiosk-2", broker_password="x",
    )  # fmt: skip
    store = EnrolmentStore(state, kind)
    store.save(StoredEnrolment(server=server, credentials=credentials))
    return store


def health(folder: Path, section: str = "") -> Finished:
    """Run ``health`` on a machine whose file has no ``[link]``."""
    path = folder / "machine.toml"
    kiosk = f'[kiosk]\nstation = "kiosk-1"\n[kiosk.printer]\nkind = "network"\naddress = "{closed_address()}"\n'
    path.write_text(f'[machine]\nstate = "{folder}"\n{section or kiosk}', encoding="utf-8")
    return luot_hardware("health", "--config", path, "--json", "--language", "en")


def test_health_asks_the_server_of_the_enrolment_with_the_stations_own_token(
    tmp_path: Path, authority: StandInAuthority
) -> None:
    with hall_server(authority.issue("hall")) as server:
        enrol(tmp_path, server, authority.ca_file.read_text())
        done = health(tmp_path)
    assert done.code == 0, done
    findings = done.findings()
    assert findings["enrolment:kiosk-2"]["said"] == f"enrolled at {server}"
    assert (
        findings["printer"]["since"] == PRINTER["since"]
    )  # the server's report: nothing answers at the printer's port


def test_a_station_that_may_not_read_reports_is_enrolled_all_the_same(
    tmp_path: Path, authority: StandInAuthority
) -> None:
    with hall_server(authority.issue("hall"), status=403) as server:
        enrol(tmp_path, server, authority.ca_file.read_text(), kind="node")
        done = health(tmp_path, '[node]\nstation = "sign-c1"\ncounter = "c1"\n')
    assert done.code == 0, done
    assert done.findings()["enrolment:kiosk-2"]["said"] == f"enrolled at {server}"


def test_a_server_that_refuses_the_token_is_a_fault(tmp_path: Path, authority: StandInAuthority) -> None:
    with hall_server(authority.issue("hall")) as server:
        enrol(tmp_path, server, authority.ca_file.read_text(), token="an old one")
        finding = health(tmp_path).findings()["enrolment:kiosk-2"]
    assert (finding["level"], finding["said"]) == (
        "fault",
        f"the server {server} does not accept this machine any more",
    )


def test_a_server_of_another_authority_gets_no_token(tmp_path: Path, authority: StandInAuthority) -> None:
    other = stand_in_authority(tmp_path, "other", datetime.now(UTC))
    with hall_server(other.issue("hall")) as server:
        enrol(tmp_path, server, authority.ca_file.read_text())
        finding = health(tmp_path).findings()["enrolment:kiosk-2"]
    assert (finding["level"], finding["said"]) == ("fault", f"the server {server} cannot be verified")


def test_a_server_that_is_away_is_a_fault(tmp_path: Path, authority: StandInAuthority) -> None:
    server = f"https://{closed_address()}"
    enrol(tmp_path, server, authority.ca_file.read_text())
    finding = health(tmp_path).findings()["enrolment:kiosk-2"]
    assert (finding["level"], finding["said"]) == ("fault", f"the server {server} does not answer")


def test_a_station_without_an_enrolment_is_a_warning(tmp_path: Path, authority: StandInAuthority) -> None:
    waiting = health(tmp_path).findings()["enrolment:kiosk-1"]
    enrol(tmp_path, "https://127.0.0.1:1", authority.ca_file.read_text()).mark_removed()
    removed = health(tmp_path).findings()["enrolment:kiosk-1"]
    assert (waiting["level"], waiting["said"]) == ("warning", "not enrolled at any server yet")
    assert (removed["level"], removed["said"]) == ("warning", "was removed from the system")


@pytest.mark.parametrize("content", ["", "[]", '{"server": "https://127.0.0.1:1"}', '{"credentials": 5, "server": ""}'])
def test_a_damaged_enrolment_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "enrolment-kiosk.json").write_text(content, encoding="utf-8")
    assert health(tmp_path).findings()["enrolment:kiosk-1"]["said"] == "not enrolled at any server yet"


def test_the_box_asks_its_own_server_with_the_boxs_token(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HallServer)
    server.status = 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "box.token").write_text(TOKEN, encoding="ascii")
    link = f'[link]\nserver = "http://127.0.0.1:{server.server_port}"\n'
    done = health(tmp_path, f'{link}[kiosk]\nstation = "kiosk-2"\n')
    server.shutdown()
    thread.join()
    server.server_close()
    assert done.code == 0, done
    assert done.findings()["printer"]["since"] == PRINTER["since"]
