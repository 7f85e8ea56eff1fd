"""Another program issues a ticket at a live server, and a web-hook receives the fact."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.access.access import Access
from server.access.api_tokens import Scope
from server.domain.facts import FactKind
from server.domain.permissions import Role
from support.hook_receiver import HookReceiver
from support.http_pools import http_pool
from support.server_process import machine, office, request_id, running
from support.waiting import PATIENCE_S, until


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with closing(HookReceiver()) as receiver:
        yield receiver


def test_a_live_server_delivers_the_fact_of_a_ticket_that_a_program_issues(
    tmp_path: Path, receiver: HookReceiver
) -> None:
    where = machine(tmp_path, office(["HT"], {"c1": ["HT"]}), mode="live")
    where.state.mkdir()
    with closing(Access.open(where.state, lambda: time.time_ns() // 1_000_000)) as access:
        admin = access.people.create("root", "Phạm Thị Quản", "vi", [Role.ADMINISTRATOR])
        now_ms = access.database.wall_ms()
        _, secret = access.api_tokens.create(admin.id, "Trang web của tỉnh", [Scope.ISSUE], now_ms + 3_600_000)
        hook = access.web_hooks.create(admin.id, receiver.url, [FactKind.ISSUED], is_local=True, next_seq=1)
    with running(where):
        headers = {"Authorization": f"Bearer {secret}"}
        body = {"request_id": request_id(), "service": "HT", "station": "web"}
        address, pool = f"{where.api}/api/v1/tickets", http_pool(timeout=PATIENCE_S)
        answer = pool.request("POST", address, json=body, headers=headers)
        assert answer.status == 201, answer.data
        until(lambda: receiver.received)
        anonymous = pool.request("POST", address, json=body)
        assert anonymous.status == 401
    (received,) = receiver.received
    assert received.fact["kind"] == "ticket.issued"
    assert received.fact["ticket"] == answer.json()["id"]
    assert received.headers["Luot-Signature"]
    assert hook.secret not in (tmp_path / "server.log").read_text(encoding="utf-8")
