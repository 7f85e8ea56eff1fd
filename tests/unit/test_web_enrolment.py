"""The enrolment's endpoints: over HTTPS only, limited, and closed to everybody but the station itself."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from core_hall import Hall
from core_web import Web
from enrolment_bench import CERTIFICATE_HASH, EnrolmentBench, enrolment_bench

from server.access.access import Access
from server.access.device import DeviceDetails
from server.access.pending import MAX_BEGINNINGS_PER_ADDRESS, EnrolmentRequest
from server.wire.client import API
from server.wire.enrolment import EnrolmentTranscript, commitment, new_keys, open_sealed, shared_keys
from server.wire.messages import DeviceCredentials, DeviceKind

HTTPS = "https://127.0.0.1"


class EnrolmentWeb:
    """The application with a registry; ``send`` sends a request of a machine in the hall."""

    def __init__(self, hall: Hall, bench: EnrolmentBench, folder: Path) -> None:
        self.bench = bench
        self.app = Web(hall).app
        context = self.app.extensions["luot"]
        self.access = Access.open(folder / "another", lambda: 0)
        access = replace(self.access, devices=bench.devices)
        self.app.extensions["luot"] = replace(context, access=access, enrolment=bench.enrolment)

    def send(
        self, method: str, path: str, body: Any = None, *, base: str = HTTPS, token: str | None = None
    ) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = self.app.test_client()
        response = client.open(API + path, method=method, base_url=base, json=body, headers=headers)
        return response.status_code, response.get_json(silent=True)

    def begin(self, **fields: object) -> tuple[int, Any]:
        body = {"kind": "kiosk", "station": "kiosk-1", "commitment": "0" * 64} | fields
        return self.send("POST", "/enrolments", body)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[EnrolmentWeb]:
    hall = Hall(tmp_path)
    try:
        with enrolment_bench(tmp_path) as bench:
            made = EnrolmentWeb(hall, bench, tmp_path)
            try:
                yield made
            finally:
                made.access.close()
    finally:
        hall.close()


def test_a_station_enrols_itself_over_the_api(web: EnrolmentWeb) -> None:
    keys = new_keys(secrets.token_bytes)
    status, begun = web.begin(commitment=commitment(keys.public, keys.random).hex(), counters=["c1"])
    assert (status, begun["expires_s"]) == (200, 900)
    path = f"/enrolments/{begun['id']}"
    revealed = {"key": keys.public.hex(), "random": keys.random.hex()}
    assert web.send("POST", f"{path}/reveal", revealed) == (200, {"state": "waiting", "sealed": None})
    waiting = web.bench.enrolment.pending.waiting()[0]
    assert (waiting.request.address, waiting.request.host) == ("127.0.0.1", "127.0.0.1")
    assert waiting.request.counters == ("c1",)

    server_key, server_random = bytes.fromhex(begun["key"]), bytes.fromhex(begun["random"])
    transcript = EnrolmentTranscript(
        CERTIFICATE_HASH, "kiosk", "kiosk-1", keys.public, keys.random, server_key, server_random
    )
    web.bench.enrolment.confirm("admin", waiting.id, transcript.code(), DeviceDetails("Ki-ốt 1"))
    status, progress = web.send("GET", path)
    assert (status, progress["state"]) == (200, "confirmed")
    shared = shared_keys(keys, server_key, transcript)
    content = open_sealed(shared, bytes.fromhex(progress["sealed"]))
    credentials = DeviceCredentials.model_validate_json(content)
    assert web.send("GET", "/device", token=credentials.token)[0] == 401
    assert web.send("POST", f"{path}/finish", {"receipt": "0" * 64})[0] == 404
    assert web.send("POST", f"{path}/finish", {"receipt": shared.receipt}) == (204, None)
    assert web.send("GET", "/device", token=credentials.token) == (200, credentials.device.model_dump(mode="json"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("port", ["", ":8470"])
def test_the_servers_host_is_known_as_the_station_wrote_it(web: EnrolmentWeb, host: str, port: str) -> None:
    keys = new_keys(secrets.token_bytes)
    body = {"kind": "kiosk", "station": "kiosk-1", "commitment": commitment(keys.public, keys.random).hex()}
    _, begun = web.send("POST", "/enrolments", body, base=f"https://{host}{port}")
    revealed = {"key": keys.public.hex(), "random": keys.random.hex()}
    assert web.send("POST", f"/enrolments/{begun['id']}/reveal", revealed)[0] == 200
    assert web.bench.enrolment.pending.waiting()[0].request.host == host


def test_a_removed_device_meets_its_removal(web: EnrolmentWeb) -> None:
    device, token = web.bench.add("Ki-ốt 1")
    assert web.send("GET", "/device", token=token)[0] == 200
    web.bench.devices.remove("admin", device.id)
    status, problem = web.send("GET", "/device", token=token)
    assert (status, problem["code"], problem["need"]) == (401, "unauthenticated", "removed")
    status, problem = web.send("GET", "/device", token="made-up")
    assert (status, problem["need"]) == (401, None)
    assert web.send("GET", "/device")[0] == 401


def test_without_tls_there_is_no_enrolment(web: EnrolmentWeb) -> None:
    body = {"kind": "kiosk", "station": "kiosk-1", "commitment": "0" * 64}
    assert web.send("POST", "/enrolments", body, base="http://127.0.0.1")[0] == 404
    web.bench.identity = None
    assert web.begin()[0] == 404
    assert web.bench.enrolment.pending.waiting() == []


def test_a_flood_of_requests_is_refused(web: EnrolmentWeb) -> None:
    statuses = [web.begin()[0] for _ in range(MAX_BEGINNINGS_PER_ADDRESS + 1)]
    assert statuses == [200] * MAX_BEGINNINGS_PER_ADDRESS + [429]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "browser"},
        {"kind": "admin"},
        {"commitment": "0" * 63},
        {"commitment": "G" * 64},
        {"station": "Ki ốt"},
        {"counters": ["c1"] * 41},
        {"token": "x"},
    ],
)
def test_a_wrong_request_is_refused(web: EnrolmentWeb, fields: dict[str, object]) -> None:
    assert web.begin(**fields)[0] == 400


def test_another_key_than_the_committed_ends_the_request(web: EnrolmentWeb) -> None:
    _, begun = web.begin()
    revealed = {"key": "1" * 64, "random": "2" * 64}
    assert web.send("POST", f"/enrolments/{begun['id']}/reveal", revealed)[0] == 404
    assert web.send("GET", f"/enrolments/{begun['id']}")[0] == 404


def test_a_browsers_request_is_closed_to_the_api(web: EnrolmentWeb) -> None:
    pending = web.bench.enrolment.pending.begin_browser(EnrolmentRequest(DeviceKind.BROWSER, "127.0.0.1"))
    web.bench.enrolment.confirm("admin", pending.id, pending.code or "", DeviceDetails("Máy quầy 1"))
    assert web.send("POST", f"/enrolments/{pending.id}/finish", {"receipt": "0" * 64})[0] == 404
    assert web.bench.devices.all() == []
