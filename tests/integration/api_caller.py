"""A program that calls the API of a server of its own over real HTTP."""

import http.client
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.wire.messages import to_time
from support.server_process import Machine, machine, office, running
from support.waiting import PATIENCE_S

IN_AN_HOUR = to_time(time.time_ns() // 1_000_000 + 3_600_000)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """Status, JSON and headers of one answer."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends the requests of a station, or anything else."""

    host: str
    port: int

    def send(
        self, method: str, path: str, body: object = None, *, raw: bytes | None = None, **headers: str
    ) -> ApiResponse:
        """Send one request; ``raw`` replaces the JSON of ``body``."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if data is not None:
            given = {"Content-Type": "application/json", **given}
        try:
            connection.request(method, f"/api/v1{path}", data, given)
            answer = connection.getresponse()
            text = answer.read()
            return ApiResponse(answer.status, json.loads(text) if text else None, dict(answer.getheaders()))
        finally:
            connection.close()

    def get(self, path: str, **headers: Any) -> ApiResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object, **headers: Any) -> ApiResponse:
        return self.send("POST", path, body, **headers)

    def ok(self, path: str, body: object) -> Any:
        """Post a request that must succeed, and return the JSON of its answer."""
        response = self.post(path, body)
        assert response.status in (200, 201), response
        return response.body


def new_id() -> str:
    return str(uuid.uuid4())


def issue_body(service: str = "HT", **more: object) -> dict[str, object]:
    return {"request_id": new_id(), "service": service, "station": "kiosk-1", **more}


def move_body(move: str, counter: str | None = "c1", **more: object) -> dict[str, object]:
    return {"request_id": new_id(), "move": move, "counter": counter, "station": "counters-1", **more}


@contextmanager
def api_hall(folder: Path) -> Iterator[Machine]:
    """Run a server with the services HT, CT (two numbers a half-day), DD and NO."""
    of = office(["HT", "CT", "DD", "NO"], {"c1": ["HT"], "c2": ["HT", "CT"], "c3": ["DD"]})
    of["services"][1]["capacity"] = 2
    of["services"][0]["name"]["en"] = "Civil status"
    of["procedures"] = [
        {
            "code": "1.001193", "service": "HT", "name": {"vi": "Khai sinh"}, "full_name": "Đăng ký khai sinh",
            "papers": ["Tờ khai"], "fee": "Miễn phí", "time": "Trong ngày", "authority": "UBND phường",
            "result": "Giấy khai sinh",
        }
    ]  # fmt: skip
    hall = machine(folder, of)
    with running(hall):
        yield hall


def caller(hall: Machine) -> Caller:
    host, _, port = hall.api.removeprefix("http://").partition(":")
    return Caller(host, int(port))


def serve_everybody(api: Caller) -> None:
    """Serve every open ticket, so that all counters are free and nobody waits."""
    for state in ("called", "serving", "held", "waiting"):
        for ticket in api.get(f"/tickets?state={state}&limit=1000").body["items"]:
            _serve(api, ticket)


def _serve(api: Caller, ticket: dict[str, Any]) -> None:
    counter = ticket["counter"]
    if ticket["state"] == "waiting":
        counter = ticket["counters"][0]
        api.ok(f"/counters/{counter}/state", {"request_id": new_id(), "state": "open"})
        api.ok(f"/tickets/{ticket['id']}/moves", move_body("call_chosen", counter, reason="dọn"))
    if ticket["state"] == "held":
        api.ok(f"/tickets/{ticket['id']}/moves", move_body("resume", counter))
    elif ticket["state"] != "serving":
        api.ok(f"/tickets/{ticket['id']}/moves", move_body("start", counter))
    api.ok(f"/tickets/{ticket['id']}/moves", move_body("finish", counter, outcome="received"))


def seq(api: Caller) -> int:
    """Return the sequence of the last fact."""
    return int(api.get("/board").body["seq"])


def journal_rows(api: Caller, limit: int = 500) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = api.get(f"/journal?after={after}&limit={limit}").body
        rows += page["items"]
        after = page["next"]
    return rows
