"""A control port answers only programs with this run's token, and no other site's page."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from hardware.control_port import DONE, TOKEN_HEADER, ControlPort, Response, Route, json_response
from support.waiting import PATIENCE_S

TOKEN = "of-this-run"
OURS = {TOKEN_HEADER: TOKEN}


class Lamp:
    """Something to switch through a control port."""

    def __init__(self) -> None:
        self.lit = False
        routes = [Route("GET", "/lamp", self.look), Route("POST", "/lamp", self.switch)]
        self.port = ControlPort("127.0.0.1", 0, routes, TOKEN)

    def look(self, *_: object) -> Response:
        return json_response(self.lit)

    def switch(self, *_: object) -> Response:
        self.lit = True
        return DONE

    def status(self, method: str, headers: dict[str, str], body: bytes | None = None) -> int:
        connection = http.client.HTTPConnection(*self.port.address, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(method, "/lamp", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        assert answer.status < 400 or json.loads(text)["detail"]
        return answer.status


@pytest.fixture
def lamp() -> Iterator[Lamp]:
    made = Lamp()
    with closing(made.port):
        yield made


def test_who_holds_the_token_is_answered(lamp: Lamp) -> None:
    assert lamp.status("GET", OURS) == 200
    assert lamp.status("POST", {**OURS, "Content-Type": "application/json"}, b"{}") == 204
    assert lamp.lit


def test_a_kept_connection_gets_no_answer_of_a_closed_port(lamp: Lamp) -> None:
    connection = http.client.HTTPConnection(*lamp.port.address, timeout=PATIENCE_S)
    with closing(connection):
        connection.request("GET", "/lamp", headers=OURS)
        assert connection.getresponse().read() == b"false"
        lamp.port.close()
        connection.request("POST", "/lamp", b"{}", OURS)
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
    assert not lamp.lit


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({TOKEN_HEADER: "of-another-run"}, 403),
        ({**OURS, "Host": "rebound.example"}, 403),
        ({**OURS, "Host": ""}, 403),
        ({**OURS, "Origin": "http://rebound.example"}, 403),
        ({**OURS, "Origin": "null"}, 403),
        ({**OURS, "Content-Type": "text/plain"}, 415),
        ({**OURS, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, 415),
    ],
)
def test_requests_of_other_senders_are_refused(lamp: Lamp, headers: dict[str, str], status: int) -> None:
    assert lamp.status("POST", headers, b"{}") == status
    if status == 403:
        assert lamp.status("GET", headers) == 403
    assert not lamp.lit
