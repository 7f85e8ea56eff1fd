"""Facts of devices."""

from collections.abc import Mapping

from sqlalchemy import Connection

from server.domain.facts import DeviceTried, Fact
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_row, update_rows
from server.store.entry import JournalEntry


def _try_device(connection: Connection, entry: JournalEntry, fact: DeviceTried) -> None:
    key = {"station": fact.station, "device": fact.device}
    trial = {"at_ms": entry.at_ms, "by": entry.actor_id, "works": fact.works, "fault": fact.fault}
    if not update_rows(connection, t.device_trial, key, **trial):
        insert_row(connection, t.device_trial, **key, **trial)


DEVICES: Mapping[type[Fact], ApplyFact] = {DeviceTried: _try_device}
