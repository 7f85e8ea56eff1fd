"""A clerk with an account acts at the own counter only, in every way."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from access_bench import cheap_hashes
from account_web import HOST, AccountWeb
from core_hall import request_id
from flask.testing import FlaskClient

from server import views
from server.access.api_tokens import Scope
from server.domain.permissions import Role
from server.web.shared.serving.caller import START_STREAM_KEY
from server.wire.client import API


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    web.bench.person("Quản Trị Mẫu", Role.ADMINISTRATOR)
    yield web
    web.close()


def open_counter(browser: FlaskClient, counter: str) -> int:
    body = {"request_id": request_id(), "station": "any", "state": "open"}
    return browser.post(f"{API}/counters/{counter}/state", base_url=HOST, json=body).status_code


def clerk_at(web: AccountWeb, counter: str) -> str | None:
    with web.hall.store.read() as snapshot:
        return views.clerk_at(snapshot, counter)


def take(browser: FlaskClient, counter: str) -> None:
    form: Mapping[str, str] = {"counter": counter, "request_id": request_id()}
    assert browser.post("/sign-in", base_url=HOST, data=form).status_code == 303


def test_a_clerk_opens_no_counter_that_signs_a_colleague_in(web: AccountWeb) -> None:
    clerk = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK))
    assert open_counter(clerk, "c1") == 403  # its own clerk is a colleague, who is not there
    assert clerk_at(web, "c1") is None
    lead = web.browser(web.bench.person("Lê Thị Mẫu", Role.LEAD_CLERK))
    assert open_counter(lead, "c1") == 200
    assert clerk_at(web, "c1") == "an"


def test_a_clerk_whose_counter_was_taken_over_gives_it_no_sign_of_life(web: AccountWeb) -> None:
    earlier = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK))
    later = web.browser(web.bench.person("Lê Thị Mẫu", Role.CLERK))
    take(earlier, "c1")
    assert earlier.post(f"{API}/counters/c1/here", base_url=HOST, json={"station": "any"}).status_code == 200
    take(later, "c1")
    assert earlier.post(f"{API}/counters/c1/here", base_url=HOST, json={"station": "any"}).status_code == 403
    unread = {"station": "any", "why": "card"}
    assert earlier.post(f"{API}/counters/c1/unread-scan", base_url=HOST, json=unread).status_code == 403
    assert later.post(f"{API}/counters/c1/here", base_url=HOST, json={"station": "any"}).status_code == 200


def test_a_program_follows_no_stream_of_the_pages(web: AccountWeb) -> None:
    """Its stream would go on after its token was removed."""
    ends_ms = web.bench.now_ms + 86_400_000
    _, secret = web.bench.access.api_tokens.create("quan-tri", "Chương trình", [Scope.DEVICES], ends_ms)
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
    started = {START_STREAM_KEY: lambda: None}
    answer = web.app.test_client().get("/live", base_url=HOST, headers=headers, environ_overrides=started)
    assert answer.status_code == 401
