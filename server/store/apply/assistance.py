"""Facts of staff alarms, and of colleagues sent to a place."""

from collections.abc import Mapping

from sqlalchemy import Connection

from server.domain.facts import (
    AlarmEnded,
    AlarmRaised,
    AlarmTaken,
    ColleagueGoing,
    ColleagueSent,
    DispatchEnded,
    Fact,
)
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_row, update_one_row
from server.store.entry import JournalEntry


def _raise_alarm(connection: Connection, entry: JournalEntry, fact: AlarmRaised) -> None:
    raised = {"raised_at_ms": entry.at_ms, "raised_by": entry.actor_id}
    insert_row(connection, t.alarm, id=fact.alarm, counter=fact.counter, **raised)


def _take_alarm(connection: Connection, entry: JournalEntry, fact: AlarmTaken) -> None:
    taken = {"taken_at_ms": entry.at_ms, "taken_by": entry.actor_id}
    update_one_row(connection, entry, t.alarm, {"id": fact.alarm}, **taken)


def _end_alarm(connection: Connection, entry: JournalEntry, fact: AlarmEnded) -> None:
    ended = {"ended_at_ms": entry.at_ms, "ended_by": entry.actor_id}
    update_one_row(connection, entry, t.alarm, {"id": fact.alarm}, **ended)


def _send_colleague(connection: Connection, entry: JournalEntry, fact: ColleagueSent) -> None:
    place = {"counter": fact.counter, "station": fact.station, "call": fact.call}
    sent = {"day": entry.day, "sent_at_ms": entry.at_ms, "sent_by": entry.actor_id}
    insert_row(connection, t.dispatch, id=fact.dispatch, to_counter=fact.to_counter, clerk=fact.clerk, **place, **sent)


def _go(connection: Connection, entry: JournalEntry, fact: ColleagueGoing) -> None:
    going = {"going_at_ms": entry.at_ms, "going_by": entry.actor_id}
    update_one_row(connection, entry, t.dispatch, {"id": fact.dispatch}, **going)


def _end_dispatch(connection: Connection, entry: JournalEntry, fact: DispatchEnded) -> None:
    update_one_row(connection, entry, t.dispatch, {"id": fact.dispatch}, ended_at_ms=entry.at_ms)


ASSISTANCE: Mapping[type[Fact], ApplyFact] = {
    AlarmRaised: _raise_alarm,
    AlarmTaken: _take_alarm,
    AlarmEnded: _end_alarm,
    ColleagueSent: _send_colleague,
    ColleagueGoing: _go,
    DispatchEnded: _end_dispatch,
}
