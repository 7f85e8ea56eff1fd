"""Pictures of the hall for tests of the display."""

from collections.abc import Sequence

from server.wire.messages import Board, Call, Counter, Office, to_time

START_MS = 1_795_398_120_000  # 23/11/2026 08:42 in the hall
SERVICES = {
    "CT": ("B", "Chứng thực", "Certification"),
    "HT": ("A", "Hộ tịch", "Civil status"),
    "DD": ("C", "Đất đai", "Land"),
    "TK": ("T", "Trả kết quả", "Return of results"),
    "CU": ("G", "Cư trú", "Residence"),
    "KD": ("E", "Hộ kinh doanh", "Household business"),
    "CC": ("H", "Căn cước", "Identity card"),
}


def call(
    n: int, number: str, counter: str, *, kind: str = "call", at_ms: int = START_MS, priority: bool = False
) -> Call:
    """Call ``k-n`` of ``number`` to ``counter`` ("c2"), ``n`` milliseconds after ``at_ms``."""
    return Call.model_validate(
        {
            "id": f"k-{n}",
            "kind": kind,
            "times": 1,
            "number": number if kind in ("call", "recall", "last") else None,
            "counter": counter,
            "label": counter[1:],
            "at": to_time(at_ms + n),
            "class": "priority" if priority else "ordinary",
            "service": next((service for service, (prefix, *_) in SERVICES.items() if number.startswith(prefix)), None),
        }
    )


def counter(name: str, number: str | None = None, state: str = "called", *, of: str = "open") -> Counter:
    """Return a counter with its ticket."""
    ticket = None
    if number is not None:
        ticket = {"id": f"t-{number.lower()}", "number": number, "state": state, "class": "ordinary"}
    return Counter.model_validate(
        {"id": name, "label": name[1:], "state": of, "ready": False, "reason": None, "ticket": ticket}
    )


def board(
    rev: int,
    calls: Sequence[Call] = (),
    counters: Sequence[Counter] | None = None,
    *,
    epoch: str = "e1",
    waiting: dict[str, int] | None = None,
    missed: Sequence[str] = (),
    at_ms: int = START_MS,
) -> Board:
    """Return a board. Without ``counters``, each call's ticket is still called at its counter."""
    if counters is None:
        counters = list(
            {made.counter: counter(str(made.counter), made.number) for made in calls if made.number}.values()
        )
    counts = waiting if waiting is not None else dict.fromkeys(SERVICES, 1)
    return Board.model_validate(
        {
            "office": "mau",
            "epoch": epoch,
            "rev": rev,
            "seq": rev,
            "at": to_time(at_ms),
            "day": "2026-11-23",
            "counters": [row.model_dump(by_alias=True) for row in counters],
            "calls": [made.model_dump(by_alias=True) for made in reversed(calls)],
            "missed": list(missed),
            "services": [{"id": service, "waiting": n} for service, n in counts.items()],
        }
    )


def office(
    rev: int = 1,
    *,
    epoch: str = "e1",
    mode: str = "live",
    day: str = "open",
    next_open: str | None = None,
    full: Sequence[str] = (),
    services: dict[str, tuple[str, str, str]] | None = None,
) -> Office:
    """Return an office with ``SERVICES`` and six counters."""
    return Office.model_validate(
        {
            "office": "mau",
            "epoch": epoch,
            "rev": rev,
            "at": to_time(START_MS),
            "name": {"vi": "Phường Mẫu", "en": "Mẫu Ward"},
            "zone": "Asia/Ho_Chi_Minh",
            "mode": mode,
            "day": {"date": "2026-11-23", "state": day, "next_open": next_open},
            "rule": {"head_start_min": 30, "calls": 3},
            "services": [
                {
                    "id": service,
                    "prefix": prefix,
                    "name": {"vi": vi, "en": en},
                    "state": "full" if service in full else "open",
                    "counters": ["c2"],
                }
                for service, (prefix, vi, en) in (services or SERVICES).items()
            ],
            "counters": [{"id": f"c{n}", "label": str(n)} for n in range(1, 7)],
            "catalogue": 'W/"1"',
        }
    )
