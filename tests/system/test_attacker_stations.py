"""Act as another station, with the credentials of an enrolled device."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.messaging.trial_client import TrialClient
from server.wire.broker_login import BrokerLogin
from server.wire.topics import Topics
from support.guarded_hall import BROKER_PORT, HOSTS, PASSWORD, GuardedHall, guarded_hall, tls_context
from support.server_process import request_id
from support.waiting import until

TOPICS = Topics("test")
FORGED = b'{"forged": true}'


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHall]:
    with guarded_hall(tmp_path_factory.mktemp("stations")) as hall:
        yield hall


@contextmanager
def broker(hall: GuardedHall, user: str, client_id: str = "", password: str | None = None) -> Iterator[TrialClient]:
    """Open the network's broker port with the credentials of a device."""
    login = BrokerLogin(user, hall.broker_passwords.get(user, "") if password is None else password)
    with hall.host("attacker").inside():
        signs_in = login if user else None
        with TrialClient(BROKER_PORT, signs_in, client_id or user, time.monotonic, host=HOSTS["box"]) as caller:
            caller.secure(tls_context())
            yield caller


def topics(caller: TrialClient) -> list[str]:
    """Return the topics received so far, after a round trip."""
    caller.subscribe(TOPICS.server)
    return [topic for topic, _ in caller.received]


def issue(hall: GuardedHall, device: str, **more: object) -> int:
    body = {"request_id": request_id(), "service": "ct", **more}
    return hall.device(device).call("/tickets", body).status


# --- over HTTP -----------------------------------------------------------------------------------------------


def test_a_kiosk_issues_as_itself_only(hall: GuardedHall) -> None:
    """Act as another station."""
    before = hall.dump()["journal"]
    for other in ("kiosk-1", "tv-2", "counters-2", "page-c1", "kiosk-3"):
        assert issue(hall, "kiosk-2", station=other) == 403, other
    assert hall.dump()["journal"] == before
    assert issue(hall, "kiosk-2", station="kiosk-2") == 201


def test_no_device_does_what_another_kind_does(hall: GuardedHall) -> None:
    """Act as another station: each kind has its own few calls."""
    ticket = hall.device("kiosk-2").call(
        "/tickets", {"request_id": request_id(), "service": "ht", "station": "kiosk-2"}
    )
    ticket_path = f"/tickets/{ticket.json['id']}"
    calls = {
        "/counters/c1/next": {"station": "{}"},
        "/counters/c1/state": {"station": "{}", "state": "open"},
        "/counters/c2/clerk": {"station": "{}", "clerk": "nv-c1"},
        "/tickets": {"station": "{}", "service": "ct"},
        f"{ticket_path}/moves": {"station": "{}", "move": "cancel"},
        f"{ticket_path}/print": {"station": "{}", "result": "printed"},
        "/scans": {"station": "{}", "counter": "c1", "text": "A001"},
        "/help": {"station": "{}", "kiosk": "{}"},
    }
    allowed = {
        "kiosk-2": {"/tickets", f"{ticket_path}/print", "/scans", "/help"},
        "tv-2": set(),
        "sign-c1": set(),
        "browser-1": set(),
        "counters-2": {"/scans"},
    }
    before = hall.dump()["journal"]
    for device, may in allowed.items():
        for path, fields in calls.items():
            if path in may:
                continue
            body = {name: value.format(device) for name, value in fields.items()}
            reply = hall.device(device).call(path, {"request_id": request_id(), **body})
            assert reply.status in (401, 403, 404), (device, path, reply.status, reply.body)
    assert hall.dump()["journal"] == before


def test_a_counter_station_works_for_its_own_counter_only(hall: GuardedHall) -> None:
    """Act as another station: the keypads of counter 2 call nobody to counter 1."""
    before = hall.dump()["journal"]
    for path in ("next", "state", "ready", "here", "clerk"):
        body = {"request_id": request_id(), "station": "counters-2", "state": "open", "ready": True, "clerk": "nv-c1"}
        for extra in ({}, *({name: value} for name, value in body.items() if name not in ("request_id", "station"))):
            sent = {"request_id": request_id(), "station": "counters-2", **extra}
            assert hall.device("counters-2").call(f"/counters/c1/{path}", sent).status in (400, 403, 404, 422), path
    assert hall.dump()["journal"] == before


def test_a_display_publishes_no_call(hall: GuardedHall) -> None:
    """As a TV publish a call, over HTTP and on the broker."""
    before = hall.dump()["journal"]
    assert hall.device("tv-2").call("/counters/c1/next", {"request_id": request_id(), "station": "tv-2"}).status == 403
    with broker(hall, "tv-2") as tv:
        assert tv.connect()
        for topic in (TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.counter("c1"), TOPICS.fact("called")):
            assert not tv.publish(topic, FORGED), topic
    with broker(hall, "kiosk-2") as kiosk:
        assert kiosk.connect() and kiosk.subscribe(TOPICS.board)
        until(lambda: TOPICS.board in topics(kiosk), "the board")
        assert FORGED not in [payload for _, payload in kiosk.received]
    assert hall.dump()["journal"] == before


# --- on the broker -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["kiosk-2", "tv-2", "counters-2", "sign-c1"])
def test_a_device_writes_its_own_status_and_nothing_else(hall: GuardedHall, device: str) -> None:
    """Publish a picture, a heartbeat or another device's state on the broker."""
    others = [other for other in ("kiosk-1", "kiosk-2", "tv-2", "counters-2", "sign-c1") if other != device]
    foreign = [TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.counter("c1"), TOPICS.counter("c2")]
    foreign += [topic for other in others for topic in (TOPICS.status(other), TOPICS.device(other, "printer"))]
    foreign += [TOPICS.work(device), "luot/v1/other/board", "$SYS/x", f"$share/x/{TOPICS.board}", "x"]
    with broker(hall, device) as caller:
        assert caller.connect()
        assert caller.publish(TOPICS.status(device), b"{}")
        for topic in foreign:
            assert not caller.publish(topic, FORGED), topic


def test_a_device_reads_only_what_it_shows(hall: GuardedHall) -> None:
    """Read the work of a kiosk, other signs and everything at once."""
    with broker(hall, "sign-c1") as node:
        assert node.connect()
        for pattern in ("#", "$SYS/#", "luot/#", TOPICS.board, TOPICS.work("kiosk-2"), TOPICS.counter("c2")):
            node.subscribe(pattern)
        assert set(topics(node)) <= {TOPICS.server, TOPICS.counter("c1")}


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("", None),
        ("kiosk-2", "wrong"),
        ("kiosk-2", ""),
        ("luot.server", ""),
        ("luot.box", ""),
        ("browser-1", None),
        ("nobody", "x"),
    ],
)
def test_nobody_connects_without_a_device_user(hall: GuardedHall, user: str, password: str | None) -> None:
    """Read or change anything on the broker without a user."""
    with broker(hall, user, "x", password) as caller:
        assert not caller.connect()


def test_a_client_id_is_bound_to_its_user(hall: GuardedHall) -> None:
    """Take over another client id: the owner of that id stays connected."""
    with broker(hall, "kiosk-2") as kiosk:
        assert kiosk.connect() and kiosk.subscribe(TOPICS.board)
        with broker(hall, "tv-2", client_id="kiosk-2") as thief:
            thief.connect()
            assert kiosk.publish(TOPICS.status("kiosk-2"), b"{}")
            assert not thief.publish(TOPICS.status("kiosk-2"), FORGED)
        assert kiosk.publish(TOPICS.status("kiosk-2"), b"{}")


# --- a stolen device -----------------------------------------------------------------------------------------


def test_a_removed_device_is_cut_off(hall: GuardedHall) -> None:
    """Keep a session after its end: token and connection of a stolen device."""
    with broker(hall, "counters-2") as stolen:
        assert stolen.connect() and hall.device("counters-2").call("/board").status == 200
        removal = hall.person("quan-tri").ask("POST", "/admin/devices/counters-2/remove", form={"proof": PASSWORD})
        assert removal.status == 303
        assert hall.device("counters-2").call("/board").status == 401
        stolen.wait_end()


def test_the_broker_proves_its_name(hall: GuardedHall) -> None:
    """A device with the hall's authority refuses the attacker's broker, and accepts the hall's."""
    context = ssl.create_default_context(cadata=hall.authority_pem)
    with (
        hall.host("tv").connect(HOSTS["box"], BROKER_PORT, 10.0) as plain,
        context.wrap_socket(plain, server_hostname=HOSTS["box"]) as encrypted,
    ):
        assert encrypted.version() in ("TLSv1.2", "TLSv1.3")
