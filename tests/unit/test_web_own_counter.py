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
from server.web.shared.context import AppContext
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


def test_the_old_page_of_a_counter_that_was_taken_over_does_nothing_there(web: AccountWeb) -> None:
    earlier = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK))
    take(earlier, "c1")
    take(web.browser(web.bench.person("Lê Thị Mẫu", Role.CLERK)), "c1")
    context: AppContext = web.app.extensions["luot"]
    ticket = web.hall.issue()
    with web.hall.store.read() as snapshot:
        slip = views.progress_of(snapshot, ticket.id)
    assert slip is not None
    context.scanned_slips.show_slip("c1", slip, context.mono_s())
    last_sign_s = context.presence.last_sign_of_life_s("c1")
    web.hall.clock.go(5000)
    answers = [
        earlier.post(f"/clerk/c1/{path}", base_url=HOST, data={"request_id": request_id()}).status_code
        for path in ("scan/close", "here", "open", "next")
    ]
    assert (answers[0], answers[1]) == (401, 401)
    assert min(answers) >= 400
    assert context.scanned_slips.ticket_at("c1", context.mono_s()) == ticket.id
    assert context.presence.last_sign_of_life_s("c1") == last_sign_s


def test_a_managers_role_counts_at_the_counters_where_the_same_person_is_no_clerk(web: AccountWeb) -> None:
    both = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK, Role.MANAGER))
    only_clerk = web.browser(web.bench.person("Lê Thị Mẫu", Role.CLERK))
    take(both, "c1")
    take(only_clerk, "c3")
    path = f"{API}/tickets/{web.hall.issue().id}/moves"
    sent = {"request_id": request_id(), "station": "any", "move": "reclassify", "counter": "c2"}
    sent |= {"class": "priority", "reason": "elder"}
    assert only_clerk.post(path, base_url=HOST, json=sent).status_code == 403
    assert both.post(path, base_url=HOST, json=sent).status_code == 200
    assert both.post(path, base_url=HOST, json=sent).status_code == 200, "the same request once more"
    own = {**sent, "request_id": request_id(), "counter": "c1", "class": "ordinary"}
    assert both.post(path, base_url=HOST, json=own).status_code == 200
    facts = [fact for fact in web.hall.facts() if fact.kind == "ticket.reclassified"]
    assert [fact.actor_role for fact in facts] == ["manager", "clerk"]
    called = {"request_id": request_id(), "station": "any"}
    assert both.post(f"{API}/counters/c2/next", base_url=HOST, json=called).status_code == 403


def test_a_request_is_known_again_when_another_role_grants_it_meanwhile(web: AccountWeb) -> None:
    both = web.browser(web.bench.person("Nguyễn Văn Mẫu", Role.CLERK, Role.MANAGER))
    take(both, "c1")
    ticket = web.hall.issue()
    sent = {"request_id": request_id(), "station": "any", "move": "defer", "counter": "c2"}
    path = f"{API}/tickets/{ticket.id}/moves"
    assert both.post(path, base_url=HOST, json=sent).status_code == 200
    take(both, "c2")
    assert both.post(path, base_url=HOST, json=sent).status_code == 200
    assert [fact.kind for fact in web.hall.facts()].count("ticket.deferred") == 1
