"""Record a web-hook's deliveries on the network, and send them to the receiver again."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.web_hooks.signature import signature

SECRET, AT_S = "luot_whs_secret", 1_800_000_000
BODY = '{"kind":"ticket.called","seq":1042}'


def is_genuine_of_the_documents() -> Callable[..., bool]:
    text = (Path(__file__).parents[2] / "docs/API.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?def is_genuine.*?)```", text, re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example[1], names)
    function: Callable[..., bool] = names["is_genuine"]
    return function


@dataclass
class DocumentedReceiver:
    """A receiver that does what docs/API.md says, and nothing more."""

    seen: set[str] = field(default_factory=set)
    facts: list[str] = field(default_factory=list)

    def receive(self, header: str, delivery: str, body: str, now_s: float) -> None:
        if is_genuine_of_the_documents()(SECRET, header, delivery, body.encode(), now_s) and delivery not in self.seen:
            self.seen.add(delivery)
            self.facts.append(body)


def test_a_recorded_delivery_counts_once_at_any_time_and_under_any_id() -> None:
    """Replay a web-hook: at once, later, under another id, and with parts of two deliveries."""
    receiver = DocumentedReceiver()
    header = signature(SECRET, "d-1", BODY, AT_S)
    other = signature(SECRET, "d-2", '{"kind":"test","seq":0}', AT_S)
    receiver.receive(header, "d-1", BODY, AT_S)
    for now_s in (AT_S, AT_S + 200, AT_S + 301, AT_S - 301, AT_S + 10**6):
        receiver.receive(header, "d-1", BODY, now_s)
        receiver.receive(header, "d-3", BODY, now_s)
        receiver.receive(header, "", BODY, now_s)
        receiver.receive(header.replace(str(AT_S), str(int(now_s))), "d-4", BODY, now_s)
        receiver.receive(other, "d-2", BODY, now_s)
        receiver.receive(header, "d-2", '{"kind":"test","seq":0}', now_s)
        receiver.receive(f"{header},t={int(now_s)}", "d-5", BODY, now_s)
        receiver.receive(f"t={AT_S},v1=", "d-6", BODY, now_s)
    assert receiver.facts == [BODY]
    receiver.receive(other, "d-2", '{"kind":"test","seq":0}', AT_S)
    assert len(receiver.facts) == 2
