"""A hall's server on a network of its own, with an attacker's machine beside it.

People and devices exist from the start.

The server is the real program in live mode. Its wall clock stands still until a test moves it; time-outs stay real.
"""

import json
import sqlite3
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w

from config.clock import write_demo_clock
from config.http import ConnectionPool
from server.access.access import Access
from server.access.api_tokens import Scope
from server.access.broker_passwords import hash_password
from server.access.device import DeviceDetails, NewDevice
from server.access.tokens import new_token
from server.domain.permissions import Role
from server.wire.messages import DeviceKind
from support.local_network import LocalNetwork, NetworkHost
from support.server_process import ROOT, end, need, office
from support.waiting import until

STAFF_PORT, VISITOR_PORT, LOCAL_PORT, BROKER_PORT, LOCAL_BROKER_PORT = 8470, 8471, 8469, 8883, 1883
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = "test"
HOSTS = {
    "box": "10.77.0.10",
    "kiosk": "10.77.0.12",
    "tv": "10.77.0.13",
    "desk": "10.77.0.20",
    "attacker": "10.77.0.66",
}
AUTHORITY = Path("tls/ca.crt")
"""The hall's certificate authority, in its state folder."""
PASSWORD = "chim bay ngang troi xanh"
PIN = "483916"
CHANGING = ("person", "device", "api_token", "web_hook", "setup_code")
SESSION_COOKIES = ("__Host-luot_session", "luot_session")
PEOPLE = {
    "quan-tri": ("Quản Trị", {Role.ADMINISTRATOR}),
    "nv-c1": ("Nguyễn Văn An", {Role.CLERK}),
    "nv-c2": ("Trần Thị Bình", {Role.CLERK}),
    "lanh-dao": ("Lê Lãnh Đạo", {Role.MANAGER}),
}
DEVICES = {
    "kiosk-2": (DeviceKind.KIOSK, ()),
    "tv-2": (DeviceKind.DISPLAY, ()),
    "counters-2": (DeviceKind.COUNTER, ("c2",)),
    "sign-c1": (DeviceKind.NODE, ("c1",)),
    "browser-1": (DeviceKind.BROWSER, ("c1",)),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the hall."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookies(self) -> Mapping[str, str]:
        """Return the cookies that the response sets, by name."""
        lines = self.headers.get("Set-Cookie", "").split(", ")
        pairs = (line.partition(";")[0].partition("=") for line in lines)
        return {name: value for name, equals, value in pairs if equals and " " not in name}


class Client:
    """HTTP requests from one host, with chosen headers."""

    def __init__(
        self, host: NetworkHost, base: str, headers: Mapping[str, str] | None = None, authority: Path | None = None
    ) -> None:
        self.base, self.headers = base, dict(headers or {})
        self.pool: ConnectionPool = host.pool(retries=False, timeout=60.0, ca_certs=authority and str(authority))

    def ask(self, method: str, path: str, *, form: Mapping[str, str] | None = None, body: Any = None) -> Reply:
        """Send a request; ``form`` is sent as a form, ``body`` as JSON. No redirect is followed."""
        sent = dict(self.headers)
        options: dict[str, Any] = {}
        if form is not None:
            options = {"fields": dict(form), "encode_multipart": False}
        elif body is not None:
            sent["Content-Type"] = "application/json"
            options = {"body": json.dumps(body)}
        response = self.pool.request(method, f"{self.base}{path}", headers=sent, redirect=False, **options)
        return Reply(response.status, response.headers, response.data)

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def call(self, path: str, body: Any = None) -> Reply:
        """Call the API; with a body it is a POST."""
        return self.ask("GET" if body is None else "POST", f"/api/v1{path}", body=body)


@dataclass
class GuardedHall:
    """The hall, its hosts and its secrets. ``program``: an API token.

    ``tokens`` and ``broker_passwords`` are of the devices, by id; ``sessions`` and ``sign_in_names`` of the people.
    """

    network: LocalNetwork
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)
    broker_passwords: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    sign_in_names: dict[str, str] = field(default_factory=dict)
    program: str = ""
    process_id: int = 0
    now_ms: int = 0
    """The hall's wall clock: at first 08:00 of today, because certificates are judged by the machine's own clock."""
    start_ms: int = 0

    @property
    def date(self) -> str:
        """Return the day of the hall's clock."""
        return datetime.fromtimestamp(self.now_ms / 1000, ZONE).date().isoformat()

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def staff(self) -> str:
        return f"https://{HOSTS['box']}:{STAFF_PORT}"

    @property
    def visitors(self) -> str:
        return f"http://{HOSTS['box']}:{VISITOR_PORT}"

    @property
    def log(self) -> str:
        """Return the server's log until now."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def host(self, name: str) -> NetworkHost:
        return self.network.hosts[name]

    def client(self, host: str = "attacker", **headers: str) -> Client:
        """Return a client of the staff's pages and the API without credentials."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(self.host(host), self.staff, named, self.state / AUTHORITY)

    def device(self, device: str, host: str = "attacker") -> Client:
        """Return a client with the token of a device."""
        return self.client(host, Authorization=f"Bearer {self.tokens[device]}")

    def dump(self) -> dict[str, list[str]]:
        """Return all rows that a change of anything alters: journal, people, devices, programs."""
        rows: dict[str, list[str]] = {}
        for file, tables in {"luot.db": ("journal",), "access.db": CHANGING}.items():
            with closing(sqlite3.connect(f"file:{self.state / file}?mode=ro", uri=True)) as connection:
                for table in tables:
                    rows[table] = sorted(map(repr, connection.execute(f"SELECT * FROM {table}").fetchall()))
        return rows

    def box(self) -> Client:
        """Return a client with the box's own token, on its loopback."""
        token = (self.state / "box.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return Client(self.host("box"), f"http://127.0.0.1:{LOCAL_PORT}", headers)

    def person(self, name: str, host: str = "desk") -> Client:
        """Return a client with the session that a person has had from the start."""
        token = self.sessions[name]
        cookie = "; ".join(f"{cookie}={token}" for cookie in SESSION_COOKIES)
        return self.client(host, Cookie=cookie, Origin=self.staff)

    def advance(self, ms: int) -> None:
        """Move the hall's wall clock."""
        self.now_ms += ms
        boot_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        write_demo_clock(self.pace, wall_ms=self.now_ms, ran_ms=self.now_ms, boot_ms=boot_ms, speed=0)

    @property
    def authority(self) -> Path:
        return self.state / AUTHORITY

    @property
    def authority_pem(self) -> str:
        return (self.state / AUTHORITY).read_text(encoding="ascii")

    def password_sign_in(self, name: str, password: str = PASSWORD, host: str = "desk", **headers: str) -> Reply:
        """Send name and password to the sign-in."""
        client = self.client(host, Origin=self.staff, **headers)
        return client.ask(
            "POST", "/account/sign-in", form={"name": self.sign_in_names.get(name, name), "password": password}
        )

    def new_session(self, person: str) -> Client:
        """Return a client with a new session of a person, which another process has opened."""
        with closing(self.access()) as access:
            known = access.people.get(person)
            assert known is not None
            self.sessions[person] = access.sessions.open(known, "password", "", HOSTS["desk"])
        self.advance(2_000)  # the server looks for changes by other processes once a second
        return self.person(person)

    def set_clock(self, now_ms: int) -> None:
        """Set the hall's wall clock."""
        self.advance(now_ms - self.now_ms)

    @property
    def pace(self) -> Path:
        """The file of the hall's clock."""
        return self.folder / "pace.json"

    def access(self) -> Access:
        """Open the database of people and devices in this process."""
        return Access.open(self.state, lambda: self.now_ms)


@contextmanager
def guarded_hall(
    folder: Path,
    *,
    with_administrator: bool = True,
    prepare: Callable[[Access], object] = lambda access: None,
    more_hosts: Mapping[str, str] = MappingProxyType({}),
    broker_network: str = f"0.0.0.0:{BROKER_PORT}",
    **server: Any,
) -> Iterator[GuardedHall]:
    """Run a hall with two counters; people and devices exist from the start.

    Without an administrator there is nobody, and no office: the first set-up comes next. ``prepare`` may change people
    and devices before the start; ``server``: further settings of [server]; ``broker_network``: one of [broker].
    """
    need("mosquitto")
    with LocalNetwork(folder) as network:
        for name, address in {**HOSTS, **more_hosts}.items():
            network.host(name, address)
        hall = GuardedHall(network, folder)
        hall.state.mkdir()
        hall.start_ms = _eight_o_clock_ms()
        hall.set_clock(hall.start_ms)
        if with_administrator:
            with closing(hall.access()) as access:
                _create_people(hall, access)
                _enrol_devices(hall, access)
                prepare(access)
        office_file = "office.toml" if with_administrator else "new-office.toml"
        _write_settings(hall, server, broker_network, office_file=office_file)
        log = (folder / "server.log").open("ab")
        with log:
            command = [sys.executable, "-m", "server.app", "--config", str(folder / "hall.toml")]
            process = hall.host("box").start(command, cwd=ROOT, stdout=log, stderr=log)
            hall.process_id = process.pid
            try:
                port = STAFF_PORT if with_administrator else LOCAL_PORT
                until(lambda: _is_ready(hall, process, port), lambda: hall.log[-4000:])
                yield hall
            finally:
                end(process)


def _eight_o_clock_ms() -> int:
    now = datetime.now(ZONE)
    return round(now.replace(hour=8, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _is_ready(hall: GuardedHall, process: "subprocess.Popen[Any]", port: int) -> bool:
    assert process.poll() is None, f"the server ended with {process.returncode}:\n{hall.log[-6000:]}"
    try:
        hall.host("box").connect(HOSTS["box"] if port == STAFF_PORT else "127.0.0.1", port, 5.0).close()
    except OSError:
        return False
    return True


def _create_people(hall: GuardedHall, access: Access) -> None:
    for person, (name, roles) in PEOPLE.items():
        hall.sign_in_names[person] = access.people.create("setup", name, "vi", roles, person_id=person).sign_in_name
        access.people.set_password("setup", person, PASSWORD)
        access.people.set_pin("setup", person, PIN)
        known = access.people.get(person)
        assert known is not None
        hall.sessions[person] = access.sessions.open(known, "password", "", HOSTS["desk"])


def _enrol_devices(hall: GuardedHall, access: Access) -> None:
    for number, (device, (kind, counters)) in enumerate(DEVICES.items(), 1):
        hall.tokens[device], hall.broker_passwords[device] = new_token(), new_token()
        details = DeviceDetails(f"Máy {number}", "Sảnh", counters)
        hashed = None if kind is DeviceKind.BROWSER else hash_password(hall.broker_passwords[device])
        new = NewDevice(device, kind, details, hall.tokens[device], hashed, "")
        access.devices.enrol("quan-tri", new)
    _, hall.program = access.api_tokens.create("quan-tri", "Bảng tin", {Scope.READ_BOARD}, hall.now_ms + 86_400_000)


def _write_settings(hall: GuardedHall, server: Mapping[str, Any], broker_network: str, *, office_file: str) -> None:
    """Write the settings. Without an administrator there is no office yet, and its file has another name."""
    counters = office(["ct", "ht"], {"c1": ["ct"], "c2": ["ht"]})
    if office_file != "office.toml":  # people are created on their page
        counters["clerks"] = []
        for counter in counters["counters"]:
            del counter["clerk"]
    (hall.folder / office_file).write_text(tomli_w.dumps(counters), encoding="utf-8")
    settings = {
        "machine": {"state": str(hall.state), "pace": str(hall.pace)},
        "server": {
            "listen": f"0.0.0.0:{STAFF_PORT}",
            "local": f"127.0.0.1:{LOCAL_PORT}",
            "visitors": f"0.0.0.0:{VISITOR_PORT}",
            "visitor_url": hall.visitors,
            "mode": "live",
            "always_open": True,
            "threads": 64,
            "calls_at_once": 16,
            **server,
        },
        "link": {"office": OFFICE},
        "broker": {
            "kind": "mosquitto",
            "listen": f"127.0.0.1:{LOCAL_BROKER_PORT}",
            "network": broker_network,
        },
    }
    (hall.folder / "hall.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")


def tls_context(version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return an attacker's context, which trusts everybody; with ``version``: no newer one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, version
    return context
