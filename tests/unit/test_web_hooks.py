"""Web-hooks: facts reach receivers once, signed, later if need be, and without personal data."""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, Hall
from sqlalchemy import func, insert, select

from server.access import schema as t
from server.access.database import AccessDatabase
from server.access.deliveries import DAY_MS, MAX_ROWS, MAX_WAITING, Delivery, DeliveryStatus, erase_old, wait_ms
from server.access.hook_address import AddressProblem, AddressRefused, parse_address, resolve
from server.access.web_hooks import HookProblem, HookRefused, WebHook, WebHooks
from server.domain.facts import FACTS, FactKind
from server.domain.facts.fact import members
from server.domain.facts.public import PUBLIC_MEMBERS
from server.web_hooks.sender import WebHookSender
from support.hook_receiver import HookReceiver, Received
from support.waiting import PATIENCE_S, until

ISSUED_AND_CALLED = (FactKind.ISSUED, FactKind.CALLED)


class HookedHall:
    """A hall with a sender of web-hooks and one receiver."""

    def __init__(self, hall: Hall, folder: Path) -> None:
        self.hall = hall
        self.receiver = HookReceiver()
        self.database = AccessDatabase(folder / "access.db", lambda: hall.clock.wall_ms)
        self.hooks = WebHooks(self.database)
        self.start()

    def start(self) -> None:
        self.sender = WebHookSender(self.hall.store, self.hooks, lambda: 1.0, "Luot/test")

    def close(self) -> None:
        self.receiver.released.set()
        self.sender.close()
        self.receiver.close()
        self.database.close()

    def hook(self, *kinds: FactKind, url: str | None = None) -> WebHook:
        """Create a web-hook for the next facts."""
        with self.hall.read() as snapshot:
            next_seq = snapshot.head.seq + 1
        return self.hooks.create(
            "quan-tri", url or self.receiver.url, kinds or ISSUED_AND_CALLED, is_local=True, next_seq=next_seq
        )

    def issue(self, count: int = 1) -> None:
        for _ in range(count):
            self.hall.issue()
        self.sender.notify()

    def go(self, ms: int) -> None:
        """Turn the clock and let the workers look at it."""
        self.hall.clock.go(ms)
        self.sender.notify()

    def delivery(self, hook: WebHook) -> Delivery:
        return self.hooks.deliveries(hook.id)[0]

    def until_tried(self, hook: WebHook, tries: int) -> Delivery:
        def tried() -> Delivery | None:
            self.sender.notify()
            last = next(iter(self.hooks.deliveries(hook.id)), None)
            return last if last is not None and last.tries == tries else None

        return until(tried)  # type: ignore[return-value]

    def until_status(self, hook: WebHook, status: DeliveryStatus, count: int = 1) -> Sequence[Delivery]:
        until(lambda: [delivery.status for delivery in self.hooks.deliveries(hook.id)].count(status) >= count)
        return self.hooks.deliveries(hook.id)


@pytest.fixture
def hooked(hall: Hall, tmp_path: Path) -> Iterator[HookedHall]:
    with closing(HookedHall(hall, tmp_path)) as hooked:
        yield hooked


def receiver_of_the_documents() -> Callable[..., bool]:
    """Return the function ``is_genuine`` of the example in docs/API.md."""
    text = (Path(__file__).parents[2] / "docs/API.md").read_text()
    example = re.search(r"```python\n(.*?def is_genuine.*?)```", text, re.S)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example[1], names)
    function: Callable[..., bool] = names["is_genuine"]
    return function


def test_the_chosen_facts_arrive_in_order_and_signed(hooked: HookedHall) -> None:
    hook = hooked.hook()
    hooked.issue(2)
    hooked.hall.next("c1")
    hooked.sender.notify()
    until(lambda: len(hooked.receiver.received) == 3)
    facts = hooked.receiver.facts()
    assert [(fact["kind"], fact["data"]["number"]) for fact in facts] == [
        ("ticket.issued", "A001"),
        ("ticket.issued", "A002"),
        ("ticket.called", "A001"),
    ]
    assert facts[2]["counter"] == "c1"
    assert [fact["seq"] for fact in facts] == sorted(fact["seq"] for fact in facts)
    is_genuine = receiver_of_the_documents()
    now_s = hooked.hall.clock.wall_ms // 1000
    for received in hooked.receiver.received:
        header, delivery, body = received.headers["Luot-Signature"], received.delivery, received.body
        assert is_genuine(hook.secret, header, delivery, body, now_s)
        assert not is_genuine(hook.secret, header, delivery, body, now_s + 301)
        assert not is_genuine(hook.secret, header, delivery, body + b" ", now_s)
        assert not is_genuine(hook.secret, header, f"{delivery}x", body, now_s)  # a repeat under another id
        assert not is_genuine(hook.secret + "x", header, delivery, body, now_s)
        assert not is_genuine(hook.secret, header.replace("t=", "t=1"), delivery, body, now_s)
        assert not is_genuine(hook.secret, "", delivery, body, now_s)


def test_no_fact_is_lost_or_sent_twice_when_the_server_restarts(hooked: HookedHall) -> None:
    hook = hooked.hook()
    hooked.issue()
    hooked.until_status(hook, DeliveryStatus.DELIVERED)
    hooked.sender.close()
    hooked.issue(3)
    hooked.start()
    hooked.until_status(hook, DeliveryStatus.DELIVERED, 4)
    hooked.sender.close()
    hooked.start()
    hooked.issue()
    hooked.until_status(hook, DeliveryStatus.DELIVERED, 5)
    assert [fact["data"]["number"] for fact in hooked.receiver.facts()] == ["A001", "A002", "A003", "A004", "A005"]


def test_a_failed_delivery_is_tried_again_with_the_same_id_and_a_new_time(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 503
    hook = hooked.hook()
    hooked.issue()
    waiting = hooked.until_tried(hook, 1)
    assert (waiting.status, waiting.result) == (DeliveryStatus.WAITING, "HTTP 503")
    assert waiting.next_try_ms == hooked.hall.clock.wall_ms + 10_000
    hooked.go(10_000)
    second = hooked.until_tried(hook, 2)
    assert second.next_try_ms == hooked.hall.clock.wall_ms + 20_000
    hooked.receiver.status = lambda received: 200
    hooked.go(20_000)
    hooked.until_status(hook, DeliveryStatus.DELIVERED)
    assert len({received.delivery for received in hooked.receiver.received}) == 1
    assert len({received.headers["Luot-Signature"] for received in hooked.receiver.received}) == 3


def test_waits_grow_to_an_hour_and_differ_by_chance() -> None:
    assert [wait_ms(failures, 1.0) // 1000 for failures in range(1, 12)] == [
        10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600
    ]  # fmt: skip
    assert wait_ms(3, 0.0) == 20_000
    assert wait_ms(10_000, 1.0) == HOUR


def test_a_receiver_dead_for_a_day_gets_nothing_more_until_the_hook_is_resumed(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 500
    hook = hooked.hook()
    hooked.issue()
    hooked.until_tried(hook, 1)
    hooked.go(DAY_MS)
    failed = hooked.until_tried(hook, 2)
    assert (failed.status, failed.next_try_ms) == (DeliveryStatus.FAILED, None)
    paused = hooked.hooks.get(hook.id)
    assert paused is not None
    assert paused.paused_ms == hooked.hall.clock.wall_ms
    hooked.receiver.status = lambda received: 204
    hooked.hooks.send_test(hook.id)
    assert hooked.hooks.resume(hook.id)
    hooked.until_status(hook, DeliveryStatus.DELIVERED)
    assert hooked.hooks.send_again(hook.id, failed.id)
    hooked.until_status(hook, DeliveryStatus.DELIVERED, 2)
    assert [fact["kind"] for fact in hooked.receiver.facts()] == ["ticket.issued"] * 2 + ["test", "ticket.issued"]


def test_facts_of_a_pause_follow_when_the_hook_is_resumed(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 500
    hook = hooked.hook()
    hooked.hooks.send_test(hook.id)
    hooked.until_tried(hook, 1)
    hooked.go(DAY_MS)
    until(lambda: (again := hooked.hooks.get(hook.id)) is not None and again.paused_ms is not None)
    hooked.hall.clock.go(-DAY_MS)
    hooked.issue(2)
    hooked.receiver.status = lambda received: 204
    hooked.hooks.resume(hook.id)
    until(lambda: len(hooked.receiver.facts("ticket.issued")) == 2)


def test_one_refused_fact_does_not_hold_back_the_others(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 400 if received.fact["data"]["number"] == "A001" else 204
    hook = hooked.hook()
    hooked.issue()
    hooked.until_tried(hook, 1)
    hooked.issue(2)
    hooked.go(10_000)
    hooked.until_status(hook, DeliveryStatus.DELIVERED, 2)
    assert hooked.hooks.get(hook.id) is not None


def test_a_hanging_receiver_delays_no_other_and_no_command(hooked: HookedHall) -> None:
    def hang(received: Received) -> int:
        if received.path == "/hangs":
            hooked.receiver.released.wait(PATIENCE_S)
        return 204

    hooked.receiver.status = hang
    hooked.hook(url=hooked.receiver.url.replace("/facts", "/hangs"))
    hook = hooked.hook()
    hooked.issue()
    until(lambda: any(received.path == "/hangs" for received in hooked.receiver.received))
    hooked.issue(2)
    hooked.until_status(hook, DeliveryStatus.DELIVERED, 3)


def test_a_redirect_is_not_followed(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 307
    hook = hooked.hook()
    hooked.issue()
    assert hooked.until_tried(hook, 1).result == "HTTP 307"
    assert [received.path for received in hooked.receiver.received] == ["/facts"]


def test_a_receiver_that_is_away_or_talks_nonsense_is_named_so(hooked: HookedHall) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = hooked.hook(url=f"http://127.0.0.1:{port}/")
    no_tls = hooked.hook(url=hooked.receiver.url.replace("http:", "https:"))
    hooked.issue()
    assert hooked.until_tried(away, 1).result == "connection refused"
    assert hooked.until_tried(no_tls, 1).result.startswith("TLS failed")


def test_a_hook_that_is_removed_while_it_sends_is_gone_with_its_deliveries(hooked: HookedHall) -> None:
    hook = hooked.hook()

    def remove(received: Received) -> int:
        assert hooked.hooks.remove("quan-tri", hook.id)
        return 204

    hooked.receiver.status = remove
    hooked.issue(2)
    until(lambda: hooked.hooks.get(hook.id) is None)
    assert not hooked.hooks.remove("quan-tri", hook.id)
    assert not hooked.hooks.resume(hook.id)
    assert not hooked.hooks.send_test(hook.id)
    assert not hooked.hooks.send_again(hook.id, "x")
    hooked.receiver.status = lambda received: 204
    other = hooked.hook()
    hooked.issue()
    hooked.until_status(other, DeliveryStatus.DELIVERED)
    assert not hooked.hooks.deliveries(hook.id)


def test_a_full_queue_leaves_facts_in_the_journal(hooked: HookedHall) -> None:
    hooked.receiver.status = lambda received: 500
    hook = hooked.hook()
    hooked.issue()
    hooked.until_tried(hook, 1)
    sample = {"web_hook": hook.id, "seq": 0, "kind": "test", "body": "{}", "created_ms": 0, "queued_ms": 0}
    rows = [
        sample
        | {
            "id": f"d{number}",
            "tries": 0,
            "next_try_ms": hooked.hall.clock.wall_ms + HOUR,
            "status": "waiting",
            "result": "",
        }
        for number in range(MAX_WAITING - 1)
    ]
    with hooked.database.transaction() as connection:
        connection.execute(insert(t.delivery), rows)
    hooked.issue(2)
    with hooked.hall.read() as snapshot:
        last_seq = snapshot.head.seq

    def next_seq() -> int:
        again = hooked.hooks.get(hook.id)
        assert again is not None
        return again.next_seq

    until(lambda: next_seq() == last_seq - 1)
    assert hooked.hooks.waiting(hook.id) == MAX_WAITING
    hooked.receiver.status = lambda received: 204
    hooked.go(10_000)

    def is_all_queued() -> bool:
        hooked.sender.notify()
        return next_seq() == last_seq + 1

    until(is_all_queued)
    until(lambda: len({fact["data"]["number"] for fact in hooked.receiver.facts("ticket.issued")}) == 3)


def test_old_and_surplus_deliveries_are_erased(hooked: HookedHall) -> None:
    hooked.sender.close()
    hook = hooked.hook()
    now_ms = hooked.hall.clock.wall_ms
    sample = {"web_hook": hook.id, "seq": 1, "kind": "test", "body": "{}", "queued_ms": 0, "tries": 1, "result": ""}
    rows = [
        sample
        | {"id": f"d{age}", "created_ms": now_ms - age * 1000, "status": "waiting" if age > 9998 else "delivered"}
        for age in range(MAX_ROWS + 2)
    ]
    rows.append(sample | {"id": "old", "created_ms": now_ms - 31 * DAY_MS, "status": "waiting"})
    with hooked.database.transaction() as connection:
        connection.execute(insert(t.delivery), rows)
        erase_old(connection, now_ms)
        kept = set(connection.scalars(select(t.delivery.c.id)))
        assert connection.scalar(select(func.count()).select_from(t.delivery)) == MAX_ROWS
    assert {"d0", "d9999", "d10001"} <= kept
    assert not {"d9998", "d9997", "old"} & kept
    hooked.start()


def test_no_personal_data_and_no_text_of_staff_is_sent(hooked: HookedHall) -> None:
    hooked.hook(*PUBLIC_MEMBERS)
    hall = hooked.hall
    answer = hall.issued()
    called = hall.next("c1")
    assert called is not None
    hall.move(called, "start", counter="c1")
    hall.move(called, "hold", counter="c1", reason="bà Sáu quên giấy", due_min=20)
    hall.state("c2", "paused", reason="chị Bình đi họp")
    hooked.sender.notify()
    until(lambda: hooked.receiver.facts("counter.state"))
    bodies = "\n".join(received.body.decode() for received in hooked.receiver.received)
    assert '"number":"A001"' in bodies
    with hall.read() as snapshot:
        links = snapshot.connection.exec_driver_sql("SELECT link FROM visitor_link").scalars().all()
    assert str(answer.ticket) in bodies
    secrets = [*links, "Sáu", "Bình", '"an"', '"binh"', "page-c1", "reason", "clerk", "why"]
    assert [secret for secret in secrets if secret in bodies] == []


def test_every_sent_member_is_one_of_its_fact_and_none_names_a_person() -> None:
    for kind, names in PUBLIC_MEMBERS.items():
        assert set(names) <= {member.name for member in members(FACTS[kind])}
        assert not {"clerk", "why", "reason", "office", "mark"} & set(names) or kind is FactKind.COUNTER_UNREADY
    assert set(FactKind) - set(PUBLIC_MEMBERS) == {
        FactKind.BOOTED,
        FactKind.CLOCK_STEPPED,
        FactKind.CLOCK_JUDGED,
        FactKind.OFFICE_LOADED,
        FactKind.CLERK_NAMED,
        FactKind.OFFICE_CHANGED,
        FactKind.OFFICE_CHANGE_PLANNED,
        FactKind.OFFICE_CHANGE_WITHDRAWN,
        FactKind.REQUEST_ANSWERED,
        FactKind.DOSSIER_NOTED,
        FactKind.NOTED,
        FactKind.CALL_ACKNOWLEDGED,
        FactKind.COUNTER_CLERK,
        FactKind.JOB_MADE,
        FactKind.JOB_DONE,
        FactKind.DEVICE_TRIED,
        FactKind.ALARM_RAISED,
        FactKind.ALARM_TAKEN,
        FactKind.ALARM_ENDED,
        FactKind.COLLEAGUE_SENT,
        FactKind.COLLEAGUE_GOING,
        FactKind.DISPATCH_ENDED,
    }


@pytest.mark.parametrize(
    ("url", "without", "with_leave"),
    [
        ("https://example.org/hook?a=1", None, None),
        ("https://93.184.216.34:8443/", None, None),
        ("http://example.org/", AddressProblem.PLAIN, None),  # its address is checked when it is resolved
        ("http://93.184.216.34/", AddressProblem.PLAIN, AddressProblem.PLAIN),
        ("http://127.0.0.1:9000/", AddressProblem.PLAIN, None),
        ("https://127.0.0.1/", AddressProblem.LOCAL, None),
        ("https://2130706433/", AddressProblem.LOCAL, None),
        ("https://127.1/", AddressProblem.LOCAL, None),
        ("https://0x7f000001/", AddressProblem.LOCAL, None),
        ("https://localhost/", AddressProblem.LOCAL, None),
        ("https://192.168.1.20/", AddressProblem.LOCAL, None),
        ("https://[::1]/", AddressProblem.LOCAL, None),
        ("https://[::ffff:127.0.0.1]/", AddressProblem.LOCAL, None),
        ("https://[fd00::1]/", AddressProblem.LOCAL, None),
        ("https://169.254.169.254/latest", AddressProblem.NEVER, AddressProblem.NEVER),
        ("https://0.0.0.0/", AddressProblem.NEVER, AddressProblem.NEVER),
        ("https://224.0.0.1/", AddressProblem.NEVER, AddressProblem.NEVER),
        ("https://an:mat-khau@example.org/", AddressProblem.CREDENTIALS, AddressProblem.CREDENTIALS),
        ("https://example.org/#x", AddressProblem.FORM, AddressProblem.FORM),
        ("https://example.org/ a", AddressProblem.FORM, AddressProblem.FORM),
        ("https://example.org/\r\nX: y", AddressProblem.FORM, AddressProblem.FORM),
        ("https://example.org:99999/", AddressProblem.FORM, AddressProblem.FORM),
        ("https:///x", AddressProblem.FORM, AddressProblem.FORM),
        ("ftp://example.org/", AddressProblem.FORM, AddressProblem.FORM),
        ("file:///etc/passwd", AddressProblem.FORM, AddressProblem.FORM),
        ("https://" + "a" * 500, AddressProblem.FORM, AddressProblem.FORM),
    ],
)
def test_which_addresses_a_web_hook_may_have(
    url: str, without: AddressProblem | None, with_leave: AddressProblem | None
) -> None:
    assert [problem_of(url, is_local=is_local) for is_local in (False, True)] == [without, with_leave]


def problem_of(url: str, *, is_local: bool) -> AddressProblem | None:
    try:
        parse_address(url, is_local=is_local)
    except AddressRefused as refused:
        return refused.problem
    return None


def test_a_name_that_points_at_this_machine_later_is_refused_when_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse_address("https://example.org/", is_local=False)
    both = ["93.184.216.34", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: [(0, 0, 0, "", (ip, 443)) for ip in both])
    with pytest.raises(AddressRefused) as refused:
        resolve(address, is_local=False)
    assert refused.value.problem is AddressProblem.LOCAL
    both.pop()
    assert str(resolve(address, is_local=False)) == "93.184.216.34"


def test_a_hook_needs_facts_and_an_address_of_its_own(hooked: HookedHall) -> None:
    hooked.hook()
    for problem, facts, url in (
        (HookProblem.FACTS, (), "https://example.org/"),
        (HookProblem.FACTS, (FactKind.OFFICE_LOADED,), "https://example.org/"),
        (HookProblem.SAME, ISSUED_AND_CALLED, hooked.receiver.url),
    ):
        with pytest.raises(HookRefused) as refused:
            hooked.hooks.create("quan-tri", url, facts, is_local=True, next_seq=1)
        assert refused.value.problem is problem
    for number in range(9):
        hooked.hook(url=f"https://example.org/{number}")
    with pytest.raises(HookRefused) as refused:
        hooked.hook(url="https://example.org/more")
    assert refused.value.problem is HookProblem.TOO_MANY
