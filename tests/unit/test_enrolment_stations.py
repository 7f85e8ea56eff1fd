"""A station enrols itself over real HTTPS, and starts again after every kind of interruption."""

import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from enrolment_server import EnrolmentServer, enrolment_server, make_tls

from server.access.device import DeviceDetails
from server.network.tls import ServerTls
from server.wire.client import ServerUnreachable, ServerUntrusted, TrustProblem
from server.wire.messages import DeviceRecord
from server.wire.station.enrol import enroller as enroller_module
from server.wire.station.enrol.enroller import Enroller, EnrolmentSignals
from server.wire.station.enrol.exchange import AskingStation, trusted_client
from server.wire.station.enrol.state import EnrolmentStage, EnrolmentState
from server.wire.station.enrol.stored import EnrolmentStore, StoredEnrolment, UnfinishedEnrolment
from support.waiting import PATIENCE_S, until

KIOSK = AskingStation("kiosk", "kiosk-1")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll and retry at once."""
    for name in ("POLL_INTERVAL_S", "RETRY_INTERVAL_S", "TOO_MANY_INTERVAL_S"):
        monkeypatch.setattr(enroller_module, name, 0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EnrolmentServer]:
    with enrolment_server(tmp_path / "server") as made:
        yield made


class RunningStation:
    """A station that enrols itself in a thread; ``states`` are those that it showed."""

    def __init__(self, state: Path, find: Callable[[], str | None], mono_s: Callable[[], float] = lambda: 0.0) -> None:
        self.store, self.signals = EnrolmentStore(state, "kiosk"), EnrolmentSignals()
        self.states: list[EnrolmentState] = []
        self.result: StoredEnrolment | None = None
        enroller = Enroller(self.store, KIOSK, find, secrets.token_bytes, mono_s, self.states.append, self.signals)

        def run() -> None:
            self.result = enroller.run()

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def stage(self, stage: EnrolmentStage) -> EnrolmentState:
        """Wait until the station shows this stage."""
        until(lambda: bool(self.states) and self.states[-1].stage is stage)
        return self.states[-1]

    def ended(self) -> StoredEnrolment | None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return self.result

    def stop(self) -> None:
        self.signals.stop()
        self.ended()


@contextmanager
def station(state: Path, find: Callable[[], str | None]) -> Iterator[RunningStation]:
    running = RunningStation(state, find)
    try:
        yield running
    finally:
        running.stop()


def _enrolled(server: EnrolmentServer, state: Path, name: str = "Ki-ốt 1") -> StoredEnrolment:
    count = len(server.bench.devices.all())
    with station(state, lambda: server.url) as running:
        running.stage(EnrolmentStage.CODE)
        server.enrol(name)
        server.enrolled(count + 1)
        stored = running.ended()
    assert stored is not None
    return stored


def test_a_station_works_once_an_administrator_has_typed_its_code(server: EnrolmentServer, tmp_path: Path) -> None:
    with station(tmp_path, lambda: server.url) as running:
        shown = running.stage(EnrolmentStage.CODE)
        server.enrol("Ki-ốt 1", code=shown.shown_code)
        device = server.enrolled()
        stored = running.ended()
    assert stored is not None
    assert stored.credentials is not None
    assert stored.unfinished is None
    assert (device.id, device.name, device.address) == ("kiosk-1", "Ki-ốt 1", "127.0.0.1")
    client = trusted_client(stored.server, stored.credentials)
    assert client.request("GET", "/device", None, DeviceRecord).name == "Ki-ốt 1"
    client.close()


def test_the_credentials_are_readable_by_their_owner_only(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    file = tmp_path / "enrolment-kiosk.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert EnrolmentStore(tmp_path, "kiosk").load() == stored


def test_an_enrolled_station_starts_without_a_code(server: EnrolmentServer, tmp_path: Path) -> None:
    _enrolled(server, tmp_path)
    with station(tmp_path, lambda: None) as running:
        assert running.ended() is not None
    assert running.states == []


def test_an_enrolled_station_starts_while_the_server_is_away(tmp_path: Path) -> None:
    with enrolment_server(tmp_path / "server") as server:
        stored = _enrolled(server, tmp_path)
    with station(tmp_path, lambda: None) as running:
        assert running.ended() == stored


def test_a_station_learns_its_new_name_and_counters_at_its_start(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    assert stored.credentials is not None
    server.bench.devices.change("admin", stored.credentials.device.id, DeviceDetails("Ki-ốt cửa sau"))
    with station(tmp_path, lambda: None) as running:
        renamed = running.ended()
    assert renamed is not None
    assert renamed.credentials is not None
    assert renamed.credentials.device.name == "Ki-ốt cửa sau"
    assert EnrolmentStore(tmp_path, "kiosk").load() == renamed


def test_power_lost_after_storing_and_before_the_end_is_made_good(server: EnrolmentServer, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, station(tmp_path, lambda: server.url) as running:

        def held_back(stored: StoredEnrolment) -> object:
            raise ServerUnreachable("power cut")

        patch.setattr(enroller_module, "finish", held_back)
        running.stage(EnrolmentStage.CODE)
        server.enrol("Ki-ốt 1")
        running.stage(EnrolmentStage.FINISHING)
    assert server.bench.devices.all() == []
    with station(tmp_path, lambda: None) as running:
        assert running.ended() is not None
    assert server.enrolled().name == "Ki-ốt 1"


def test_power_lost_after_the_servers_end_is_made_good(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    lost = UnfinishedEnrolment(id="x" * 43, receipt="0" * 64)  # the request has expired since
    EnrolmentStore(tmp_path, "kiosk").save(stored.model_copy(update={"unfinished": lost}))
    with station(tmp_path, lambda: None) as running:
        again = running.ended()
    assert again == stored


def test_credentials_that_the_server_never_took_lead_to_a_new_code(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    assert stored.credentials is not None
    foreign = stored.credentials.model_copy(update={"token": "a token of another database"})
    EnrolmentStore(tmp_path, "kiosk").save(stored.model_copy(update={"credentials": foreign}))
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.CODE)
    assert EnrolmentStore(tmp_path, "kiosk").load() is None


@pytest.mark.parametrize("content", ["", "{", '{"server": 1}', "\x00" * 200])
def test_a_damaged_file_leads_to_a_new_code(server: EnrolmentServer, tmp_path: Path, content: str) -> None:
    (tmp_path / "enrolment-kiosk.json").write_text(content)
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.CODE)


def test_a_new_start_of_the_server_leads_to_a_new_code(server: EnrolmentServer, tmp_path: Path) -> None:
    with station(tmp_path, lambda: server.url) as running:
        first = running.stage(EnrolmentStage.CODE)
        server.bench.enrolment.pending.drop(server.waiting().id)
        until(lambda: running.states[-1] != first)
        second = running.stage(EnrolmentStage.CODE)
    assert first.code != second.code


def test_a_code_ends_at_the_station_too(server: EnrolmentServer, tmp_path: Path) -> None:
    now_s = [0.0]
    running = RunningStation(tmp_path, lambda: server.url, lambda: now_s[0])
    try:
        first = running.stage(EnrolmentStage.CODE)
        now_s[0] = 900.0
        until(lambda: running.states[-1] != first)
    finally:
        running.stop()


def test_a_removed_station_asks_again_after_a_touch(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    assert stored.credentials is not None
    server.bench.devices.remove("admin", stored.credentials.device.id)
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.REMOVED)
        text = (tmp_path / "enrolment-kiosk.json").read_text()
        assert stored.credentials.token not in text
        running.signals.touch()
        running.stage(EnrolmentStage.CODE)
        server.enrol("Ki-ốt 1")
        again = running.ended()
    assert again is not None
    assert again.credentials is not None
    assert again.credentials.device.id == stored.credentials.device.id


def test_a_removed_station_asks_again_after_a_new_start(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    assert stored.credentials is not None
    server.bench.devices.remove("admin", stored.credentials.device.id)
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.REMOVED)
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.CODE)


def test_a_removal_is_shown_at_the_start_after_it(server: EnrolmentServer, tmp_path: Path) -> None:
    _enrolled(server, tmp_path)
    EnrolmentStore(tmp_path, "kiosk").mark_removed()  # by the watch of the running station
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.REMOVED)


def test_a_removal_that_the_disk_does_not_take_is_named_and_tried_again(
    server: EnrolmentServer, tmp_path: Path
) -> None:
    stored = _enrolled(server, tmp_path)
    assert stored.credentials is not None
    server.bench.devices.remove("admin", stored.credentials.device.id)
    obstacle = tmp_path / ".enrolment-kiosk.json.new"
    obstacle.mkdir()  # in the place of the file's new content
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.NOT_STORED)
        obstacle.rmdir()
        running.stage(EnrolmentStage.REMOVED)


def test_a_station_waits_for_a_server(server: EnrolmentServer, tmp_path: Path) -> None:
    addresses: list[str] = []
    with station(tmp_path, lambda: addresses[0] if addresses else None) as running:
        running.stage(EnrolmentStage.SEARCHING)
        addresses.append("https://127.0.0.1:1")
        running.stage(EnrolmentStage.UNREACHABLE)
        addresses[0] = server.url
        running.stage(EnrolmentStage.CODE)


def test_a_server_without_enrolment_is_named(server: EnrolmentServer, tmp_path: Path) -> None:
    server.bench.identity = None
    with station(tmp_path, lambda: server.url) as running:
        assert running.stage(EnrolmentStage.NO_ENROLMENT).server == server.url


def test_a_server_that_is_asked_too_often_is_named(server: EnrolmentServer, tmp_path: Path) -> None:
    with station(tmp_path, lambda: server.url) as running:
        for _ in range(5):
            shown = running.stage(EnrolmentStage.CODE)
            server.bench.enrolment.pending.drop(server.waiting().id)
            until(lambda shown=shown: running.states[-1] != shown)
        running.stage(EnrolmentStage.CODE)
        server.bench.enrolment.pending.drop(server.waiting().id)
        running.stage(EnrolmentStage.TOO_MANY)


def test_a_disk_that_takes_nothing_is_named(server: EnrolmentServer, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("a file where the folder should be")
    with station(state, lambda: server.url) as running:
        running.stage(EnrolmentStage.CODE)
        server.enrol("Ki-ốt 1")
        running.stage(EnrolmentStage.NOT_STORED)
    assert server.bench.devices.all() == []


def test_an_address_without_tls_is_named(tmp_path: Path) -> None:
    plain = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=plain.serve_forever)
    thread.start()
    try:
        with station(tmp_path, lambda: f"https://127.0.0.1:{plain.server_port}") as running:
            running.stage(EnrolmentStage.NO_TLS)
    finally:
        plain.shutdown()
        thread.join()
        plain.server_close()


def test_an_enrolled_station_trusts_one_authority(server: EnrolmentServer, tmp_path: Path) -> None:
    stored = _enrolled(server, tmp_path)
    other: ServerTls = make_tls(tmp_path / "other")
    assert other.state is not None
    assert other.state.authority_pem is not None
    assert stored.credentials is not None
    foreign = stored.credentials.model_copy(update={"trust_pem": other.state.authority_pem.decode()})
    with pytest.raises(ServerUntrusted) as caught:
        trusted_client(stored.server, foreign).request("GET", "/device", None, DeviceRecord)
    assert caught.value.problem is TrustProblem.OTHER_AUTHORITY
    EnrolmentStore(tmp_path, "kiosk").save(stored.model_copy(update={"credentials": foreign}))
    with station(tmp_path, lambda: server.url) as running:
        running.stage(EnrolmentStage.OTHER_AUTHORITY)
