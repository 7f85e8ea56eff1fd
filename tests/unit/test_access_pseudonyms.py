"""No name of a person is in the journal or leaves the hall.

All names can be erased.
"""

import json
import queue
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from access_bench import PASSWORD, cheap_hashes
from account_web import HOST, AccountWeb
from core_hall import HOUR, OFFICE, request_id
from flask.testing import FlaskClient

from config.clock import Now
from config.settings import BrokerSettings
from server.access.api_tokens import Scope
from server.access.person import Person
from server.access.person_values import sign_in_name
from server.domain.facts.public import PUBLIC_MEMBERS
from server.domain.permissions import Role
from server.messaging.pictures import picture_reader
from server.messaging.publisher import Publisher, PublisherInbox, PublishTarget
from server.web_hooks.sender import WebHookSender
from server.wire.client import API
from server.wire.topics import Topics
from support.brokers import Listener, RestartableBroker
from support.hook_receiver import HookReceiver
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

NAMES = {"Phạm Hoàng Khuê": Role.ADMINISTRATOR, "Nguyễn Khuyến Vỹ": Role.CLERK, "Trương Thụy Quỳnh": Role.MANAGER}
WITHOUT_CLERKS = {
    "clerks": [],
    "counters": [{key: value for key, value in row.items() if key != "clerk"} for row in OFFICE["counters"]],
}


def parts_of_names() -> Sequence[str]:
    """Return names and their words of four letters or more.

    All also folded, and as JSON writes them.
    """
    words = [word for name in NAMES for word in (name, *name.split()) if len(word) >= 4]
    parts = {form for word in words for form in (word, word.casefold(), sign_in_name(word))}
    return sorted(parts | {json.dumps(part)[1:-1] for part in parts})


def found_in(text: str) -> Sequence[str]:
    """Return the parts of names that ``text`` has."""
    return [part for part in parts_of_names() if part.casefold() in text.casefold()]


class PublishingHall:
    """A hall whose people sign in, with broker and web-hook.

    ``topics`` and ``receiver`` have read everything that they sent.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.web = stack.enter_context(closing(AccountWeb(folder, **WITHOUT_CLERKS)))
        self.hall, self.access = self.web.hall, self.web.bench.access
        self.people = [self.web.bench.person(name, role) for name, role in NAMES.items()]
        self.receiver = stack.enter_context(closing(HookReceiver()))
        self.hook = self.access.web_hooks.create(
            self.people[0].id, self.receiver.url, list(PUBLIC_MEMBERS), is_local=True, next_seq=1
        )
        hooks = self.access.web_hooks
        self.sender = stack.enter_context(closing(WebHookSender(self.hall.store, hooks, lambda: 1.0, "Luot/test")))
        broker = RestartableBroker(BrokerSettings(listen=f"127.0.0.1:{free_ports(1)[0]}"), folder, ExitStack())
        broker.start()
        stack.callback(broker.stop)
        stack.callback(broker.feeds.close)
        self.topics: Listener = broker.listen("reader", "#")
        self.topics.expect_connection(up=True)
        self.inbox: PublisherInbox = queue.SimpleQueue()
        self.was_read: queue.SimpleQueue[None] = queue.SimpleQueue()
        publisher = Publisher(
            PublishTarget("127.0.0.1", broker.port, Topics("mau"), "e1"),
            picture_reader(self.hall.store, "e1", mode="live", visitor_url=lambda: "http://hall.test"),
            self.inbox,
            now=lambda: Now(self.hall.clock.wall_ms, 0, time.monotonic()),
            on_status=lambda _path, _payload: None,
            on_connection=lambda _is_up: None,
            on_read=lambda: self.was_read.put(None),
        )
        stack.enter_context(closing(publisher))

    def publish(self) -> None:
        """Publish what has happened since the last call, and wait until it was received."""
        while self.hall.committed:
            self.inbox.put(self.hall.committed.pop(0))
        self.was_read.get(timeout=PATIENCE_S)
        rev = self.hall.facts()[-1].seq
        self.topics.wait(lambda message: message[0].endswith("/board") and json.loads(message[1])["rev"] >= rev)

    def await_deliveries(self) -> None:
        """Wait until the receiver has all facts."""
        last = self.hall.facts()[-1].seq

        def has_all() -> bool:
            self.sender.notify()
            hook = self.access.web_hooks.get(self.hook.id)
            assert hook is not None
            return hook.next_seq > last and self.access.web_hooks.waiting(hook.id) == 0

        until(has_all)

    def browser_of(self, person: Person) -> FlaskClient:
        """Return a browser in which the person has signed in by name and password."""
        browser = self.web.app.test_client()
        fields = {"name": person.name, "password": PASSWORD}
        assert browser.post("/account/sign-in", base_url=HOST, data=fields).status_code == 303
        return browser


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishingHall]:
    cheap_hashes(monkeypatch)
    with ExitStack() as stack:
        yield PublishingHall(tmp_path, stack)


def press(browser: FlaskClient, path: str, **fields: str) -> None:
    answer = browser.post(path, base_url=HOST, data={"request_id": request_id()} | fields)
    assert answer.status_code == 303, re.findall(r'role="alert">(.*?)</p>', answer.get_data(as_text=True))


def day_with_signed_in_people(published: PublishingHall) -> None:
    """Serve a visitor at a counter, stop and resume a service, and close the day."""
    _chief, clerk, manager = published.people
    at_counter, at_hall = published.browser_of(clerk), published.browser_of(manager)
    press(at_counter, "/sign-in", counter="c1")
    ticket = published.hall.issue().id
    published.publish()
    for action in ("open", "next", "start", "finish"):
        press(at_counter, f"/clerk/c1/do/{action}", ticket=ticket, outcome="received")
        published.publish()
    press(at_hall, "/manager/issuing/HT", reason="Hết số hôm nay")
    press(at_hall, "/manager/issuing/HT", on="1")
    published.hall.clock.go(9 * HOUR)
    published.web.bench.now_ms = published.hall.clock.wall_ms
    press(at_hall, "/manager/day/close")
    published.publish()


def test_a_day_with_signed_in_people_leaves_no_name_in_journal_hooks_and_topics(published: PublishingHall) -> None:
    day_with_signed_in_people(published)
    _chief, clerk, manager = published.people
    facts = published.hall.facts()
    assert {clerk.id, manager.id} <= {fact.actor_id for fact in facts}
    assert {"clerk.named", "ticket.finished", "day.closed"} <= {fact.kind for fact in facts}
    assert not found_in("\n".join(str(tuple(fact)) for fact in facts))

    _token, secret = published.access.api_tokens.create(
        published.people[0].id, "Kho dữ liệu", [Scope.READ_JOURNAL], published.hall.clock.wall_ms + HOUR
    )
    headers = {"Authorization": f"Bearer {secret}"}
    journal = published.web.app.test_client().get(f"{API}/journal?limit=500", base_url=HOST, headers=headers)
    assert journal.status_code == 200
    assert clerk.id in journal.text
    assert not found_in(journal.text)

    published.await_deliveries()
    bodies = "\n".join(f"{received.headers} {received.body.decode()}" for received in published.receiver.received)
    assert '"ticket.finished"' in bodies
    assert not found_in(bodies)
    for person in published.people:
        assert person.id not in bodies, "a receiver cannot join the facts of one person"

    messages = "\n".join(f"{topic} {payload.decode()}" for topic, payload in published.topics.received)
    assert f'"clerk":"{clerk.id}"' in messages
    assert not found_in(messages)


def test_after_erasing_the_names_the_database_has_none(published: PublishingHall) -> None:
    day_with_signed_in_people(published)
    clerk = published.people[1]
    with published.hall.read() as snapshot:
        assert snapshot.office.clerks[clerk.id].name == clerk.name, "pages show names while there are some"
    folder = published.hall.folder
    published.hall.close()

    def bytes_of_files() -> str:
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir())).decode("utf-8", "replace")

    assert clerk.name in found_in(bytes_of_files()), "the table of names"
    with closing(sqlite3.connect(folder / "hall.db")) as database:
        database.execute("DELETE FROM clerk_name")
        database.commit()
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert clerk.id in bytes_of_files(), "the journal still tells one person from another"
    assert not found_in(bytes_of_files())
