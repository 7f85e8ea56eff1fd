"""The hash chain of the journal, by which an altered entry is detected.

Each entry holds its own hash (``own``) and the hash of the previous entry (``prev``).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from server.store.entry import JournalEntry
from server.store.errors import StoreError

GENESIS = "0" * 64
"""The value of ``prev`` in the first entry."""


class BrokenChain(StoreError):
    """The chain does not hold; ``seq`` is the first entry that does not fit."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"journal row {seq}: {reason}")
        self.seq = seq


def canonical(value: object) -> str:
    """Return canonical JSON: equal values give equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def entry_hash(columns: Mapping[str, Any]) -> str:
    """Return the hash of an entry: over every column except ``own``, which holds it."""
    hashed = {name: value for name, value in columns.items() if name != "own"}
    return hashlib.sha256(canonical(hashed).encode()).hexdigest()


def verified(entries: Iterator[JournalEntry]) -> Iterator[JournalEntry]:
    """Yield the entries, each verified against the previous one. Raises :class:`BrokenChain`."""
    prev, seq, queue_ms = GENESIS, 0, 0
    for entry in entries:
        if entry.seq != seq + 1:
            raise BrokenChain(entry.seq, f"comes after row {seq}")
        if entry.prev != prev:
            raise BrokenChain(entry.seq, "does not continue the row before it")
        if entry_hash(entry.columns()) != entry.own:
            raise BrokenChain(entry.seq, "was altered")
        if entry.queue_ms < queue_ms:
            raise BrokenChain(entry.seq, "queue time falls")
        prev, seq, queue_ms = entry.own, entry.seq, entry.queue_ms
        yield entry
