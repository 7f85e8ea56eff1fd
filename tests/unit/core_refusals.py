"""Provoke a refusal through the application.

A scene prepares the hall, then sends one request in each language.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from core_hall import Hall, manager, request_id
from core_web import Web
from flask.testing import FlaskClient
from sqlalchemy import text

from config.clock import Now
from config.words import words
from server import commands
from server.commands import Refused
from server.store import Tx
from server.store.queries import TicketRow
from server.web.shared.context import AppContext
from server.web.shared.errors import ErrorTextContext, problem
from server.web.shared.refusal_entry import OwnSentence, RefusalText, TextByValue
from server.web.shared.refusals import CATALOGUE
from server.web.visitors.app import create_visitor_app
from server.wire.client import API
from server.wire.messages import ProblemCode, ProblemNeed

BASE = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Met:
    """A refusal as its caller meets it: a problem document or a page.

    A page shows no code.
    """

    status: int
    text: str
    problem: Mapping[str, Any] | None = None


Send = Callable[[str], Met]
"""Sends the request that is refused, in a language."""


@dataclass
class Scene:
    """A hall with its applications and a browser; counters c1 and c2 are open."""

    hall: Hall
    web: Web = field(init=False)

    def __post_init__(self) -> None:
        self.web = Web(self.hall)

    # --- requests ---

    def api(self, path: str, body: Mapping[str, Any], *, signed: bool = False, host: str = BASE) -> Send:
        """Return a call of the API by a station, or by the browser's clerk."""
        client = self.web.browser if signed else self.web.app.test_client()
        return lambda language: _met(client.post(f"{API}{path}", json=body, base_url=host, headers=_in(language)))

    def read(self, path: str, *, token: str | None = None) -> Send:
        client = self.web.app.test_client()
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return lambda language: _met(client.get(f"{API}{path}", base_url=BASE, headers=_in(language) | bearer))

    def form(self, path: str, fields: Mapping[str, str] | None = None, *, json: bool = False) -> Send:
        """Return a form of the staff's pages; with ``json`` it asks for a problem document."""
        accept = {"Accept": "application/json"} if json else {}
        sent = {"request_id": request_id()} | dict(fields or {})
        return lambda language: _met(
            self.web.browser.post(path, data=sent, base_url=BASE, headers=_in(language) | accept)
        )

    def visit(self, path: str, **fields: str) -> Send:
        """Return a visitor's press, or a look at a page where no fields are given."""
        here: AppContext = self.web.app.extensions["luot"]
        client: FlaskClient = create_visitor_app(here).test_client()
        if not fields:
            return lambda language: _met(client.get(path, base_url=BASE, headers=_in(language)))
        return lambda language: _met(client.post(path, data=fields, base_url=BASE, headers=_in(language)))

    def command(self, work: Callable[[Tx, Now], object]) -> Send:
        """Return a command that no request can reach; its problem is that of the API."""

        def send(language: str) -> Met:
            with pytest.raises(Refused) as caught:
                self.hall.ask(work)
            here: AppContext = self.web.app.extensions["luot"]
            context = ErrorTextContext(words(language), here.pictures.office, here.now().wall_ms)
            document = problem(caught.value, context)
            return Met(document.status, document.detail, document.model_dump(mode="json"))

        return send

    # --- scenes ---

    def move(self, ticket: TicketRow, move: str, *, signed: bool = False, **fields: Any) -> Send:
        """Return a move of a ticket over the API."""
        return self.api(
            f"/tickets/{ticket.id}/moves", {"request_id": request_id(), "move": move} | fields, signed=signed
        )

    def called(self, service: str = "HT") -> TicketRow:
        """Return a ticket that is called to c1."""
        row = self.hall.issue(service)
        return self.hall.move(row, "call_chosen", counter="c1", reason="x")

    def served(self) -> TicketRow:
        """Return a ticket that has just been served at c1."""
        row = self.hall.move(self.called(), "start", counter="c1")
        return self.hall.move(row, "finish", counter="c1", outcome="received")

    def serving(self) -> TicketRow:
        """Return a ticket that is being served at c1."""
        return self.hall.move(self.called(), "start", counter="c1")

    def close_day(self) -> None:
        self.hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))

    def manages(self) -> None:
        """Sign the browser in as the manager."""
        self.web.browser.post("/manager/sign-in", data={"manager": "ql"}, base_url=BASE)

    def break_disk(self) -> None:
        """Let the database refuse every further fact."""
        with self.hall.store.engines.write.begin() as connection:
            connection.execute(
                text("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            )


@dataclass(frozen=True, slots=True)
class Provoked:
    """One row of the tests: a refusal, its sentences, and how to provoke it."""

    code: ProblemCode
    need: ProblemNeed | None
    status: int
    vi: str
    en: str
    provoke: Callable[[Scene], Send]
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.code.value if self.need is None else f"{self.code.value}-{self.need.value}"


def check(row: Provoked, folder: Path) -> None:
    """Provoke the refusal in both languages; check its document, and that nothing changed."""
    hall = Hall(folder, rules=dict(row.rules))
    try:
        hall.tick()
        hall.open("c1", "c2")
        send = row.provoke(Scene(hall))
        before = len(hall.facts())
        for language, sentence in (("vi", row.vi), ("en", row.en)):
            met = send(language)
            assert met.status == row.status == CATALOGUE[row.code].status, met
            if met.problem is None:
                assert sentence in met.text, met
            else:
                assert (met.problem["code"], met.problem["need"]) == (row.code, row.need), met
                assert met.problem["detail"] == sentence, met
        assert len(hall.facts()) == before
        assert has_form_of(row.vi, row.code, row.need), row
    finally:
        hall.close()


def has_form_of(sentence: str, code: ProblemCode, need: ProblemNeed | None) -> bool:
    """Return whether the catalogue has this Vietnamese sentence for the code and need."""
    entry = CATALOGUE[code]
    of_need = None if need is None else entry.needs[need]
    text_ids = _text_ids(of_need.text if isinstance(of_need, OwnSentence) else entry.text)
    patterns = (re.sub(r"\\{\w+\\}", ".+", re.escape(text_id)) for text_id in text_ids)
    return any(re.fullmatch(pattern, sentence) for pattern in patterns)


def _text_ids(form: RefusalText) -> tuple[str, ...]:
    if isinstance(form, TextByValue):
        return form.with_value.vietnamese, form.without_value.vietnamese
    return (form.vietnamese,)


def _in(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


def _met(response: Any) -> Met:
    problem = response.get_json() if response.mimetype == "application/problem+json" else None
    return Met(response.status_code, unescape(response.get_data(as_text=True)), problem)
