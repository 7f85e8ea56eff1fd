"""The form of every fact in the journal, held as literals.

A member may be added, never lost (decision 0001).
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from core_hall import Hall, in_state

from server.domain.clock_doubt import Doubt
from server.domain.facts import (
    FACTS,
    AlarmEnded,
    AlarmRaised,
    AlarmTaken,
    BadFact,
    CallAcknowledged,
    CallSeen,
    ClerkNamed,
    ClockJudged,
    ClockStepped,
    ColleagueGoing,
    ColleagueSent,
    CounterClerkChanged,
    CounterReady,
    CounterServicesToday,
    CounterStateChanged,
    CounterUnready,
    DayClosed,
    DayDated,
    DayOpened,
    DayReopened,
    DeviceTried,
    DispatchEnded,
    Fact,
    FactKind,
    HelpAsked,
    HelpTaken,
    HoursChanged,
    JobDone,
    JobMade,
    OfficeChanged,
    OfficeChangePlanned,
    OfficeChangeWithdrawn,
    OfficeLoaded,
    RequestRecorded,
    ServerBooted,
    ServiceResumed,
    ServiceStopped,
    TicketCalled,
    TicketCancelled,
    TicketDeferred,
    TicketDossierNoted,
    TicketExpired,
    TicketFinished,
    TicketHeld,
    TicketIssued,
    TicketMissed,
    TicketMoveUndone,
    TicketNoted,
    TicketPrinted,
    TicketProcedureChanged,
    TicketRated,
    TicketRecalled,
    TicketReclassified,
    TicketRejoined,
    TicketReleased,
    TicketReopened,
    TicketRequeued,
    TicketResumed,
    TicketReturned,
    TicketSentOn,
    TicketStarted,
    TicketTransferred,
    TicketUnpinned,
    data_of,
    decode,
    subject_of,
)
from server.domain.queue.counter import CounterState
from server.domain.queue.ticket import TicketState
from server.domain.rating import SatisfactionLevel
from server.store.chain import canonical
from server.wire.messages import CounterStateName, RatingLevel

ALL = {"ticket": "t-1", "counter": "c1", "service": "HT"}
ABOUT: Any = ALL | {"number": "A001"}
COUNTER, TICKET, SERVICE = {"counter": "c1"}, {"ticket": "t-1"}, {"service": "HT"}

EDIT = {"part": "rules", "id": "", "before": {"calls": 3}, "after": {"calls": 2}}
EDIT_TEXT = '{"after":{"calls":2},"before":{"calls":3},"id":"","part":"rules"}'
STOP = {"service": "HT", "procedure": None, "counter": "c1", "clerk": "an"}
STOP_TEXT = '{"clerk":"an","counter":"c1","procedure":null,"service":"HT"}'
FORMS: list[tuple[Fact, str, Mapping[str, str], str]] = [
    (
        TicketIssued(
            ticket="t-1",
            service="HT",
            number="A001",
            office="mau",
            prefix="A",
            seq=1,
            procedure=None,
            ticket_class="priority",
            head_start_ms=5,
            key=-5,
            half="am",
            station="kiosk-1",
            slip=True,
        ),
        "ticket.issued",
        TICKET | SERVICE,
        (
            '{"class":"priority","half":"am","head_start_ms":5,"key":-5,"number":"A001","office":"mau","prefix":"A",'
            '"procedure":null,"seq":1,"slip":true,"station":"kiosk-1"}'
        ),
    ),
    (
        TicketCalled(
            **ABOUT, ticket_class="ordinary", clerk="an", chosen=False, auto=True, mono_ms=7, why={"ready": True}
        ),
        "ticket.called",
        ALL,
        '{"auto":true,"chosen":false,"class":"ordinary","clerk":"an","mono_ms":7,"number":"A001","why":{"ready":true}}',
    ),
    (
        TicketRecalled(**ABOUT, ticket_class="ordinary", call="last", times=3),
        "ticket.recalled",
        ALL,
        '{"class":"ordinary","kind":"last","number":"A001","times":3}',
    ),
    (TicketStarted(**ABOUT), "ticket.started", ALL, '{"number":"A001"}'),
    (TicketFinished(**ABOUT, outcome="received"), "ticket.finished", ALL, '{"number":"A001","outcome":"received"}'),
    (
        TicketSentOn(
            **ABOUT,
            outcome="advice",
            procedure=None,
            pin="c2",
            pin_clerk="an",
            stops=[STOP],
            sender={"counter": "c2", "clerk": None},
        ),
        "ticket.sent_on",
        ALL,
        (
            '{"number":"A001","outcome":"advice","pin":"c2","pin_clerk":"an","procedure":null,'
            '"sender":{"clerk":null,"counter":"c2"},"stops":[' + STOP_TEXT + "]}"
        ),
    ),
    (
        TicketMissed(**ABOUT, reason=None, pin="c2", pin_clerk="an"),
        "ticket.missed",
        ALL,
        '{"number":"A001","pin":"c2","pin_clerk":"an","reason":null}',
    ),
    (
        TicketReturned(**ABOUT, key=9, pin="c2", pin_clerk="an"),
        "ticket.returned",
        ALL,
        '{"key":9,"number":"A001","pin":"c2","pin_clerk":"an"}',
    ),
    (
        TicketRequeued(**ABOUT, reason=None, callable_from_ms=8),
        "ticket.requeued",
        ALL,
        '{"callable_from_ms":8,"number":"A001","reason":null}',
    ),
    (
        TicketHeld(**ABOUT, reason="copies", due_ms=1, due_at_ms=2),
        "ticket.held",
        ALL,
        '{"due_at_ms":2,"due_ms":1,"number":"A001","reason":"copies"}',
    ),
    (TicketResumed(**ABOUT, clerk="an"), "ticket.resumed", ALL, '{"clerk":"an","number":"A001"}'),
    (
        TicketReleased(**ABOUT, pin="c1", reason="due"),
        "ticket.released",
        ALL,
        '{"number":"A001","pin":"c1","reason":"due"}',
    ),
    (
        TicketTransferred(
            **ABOUT,
            source=TicketState.HELD,
            procedure="1.001193",
            pin=None,
            reason="wrong",
            pin_clerk="an",
            stops=[STOP],
            sender={"counter": "c2", "clerk": None},
        ),
        "ticket.transferred",
        ALL,
        (
            '{"from":"held","number":"A001","pin":null,"pin_clerk":"an","procedure":"1.001193","reason":"wrong",'
            '"sender":{"clerk":null,"counter":"c2"},"stops":[' + STOP_TEXT + "]}"
        ),
    ),
    (TicketDeferred(**ABOUT, key=9), "ticket.deferred", ALL, '{"key":9,"number":"A001"}'),
    (
        TicketReclassified(**ABOUT, ticket_class="priority", head_start_ms=5, key=4, reason="child"),
        "ticket.reclassified",
        ALL,
        '{"class":"priority","head_start_ms":5,"key":4,"number":"A001","reason":"child"}',
    ),
    (
        TicketProcedureChanged(**ABOUT, procedure="1.001193", before=None),
        "ticket.procedure_changed",
        ALL,
        '{"before":null,"number":"A001","procedure":"1.001193"}',
    ),
    (TicketReopened(**ABOUT), "ticket.reopened", ALL, '{"number":"A001"}'),
    (TicketRejoined(**ABOUT), "ticket.rejoined", ALL, '{"number":"A001"}'),
    (
        TicketMoveUndone(**ABOUT, undone=7, move="ticket.held"),
        "ticket.move_undone",
        ALL,
        '{"move":"ticket.held","number":"A001","undone":7}',
    ),
    (
        TicketCancelled(**ABOUT, source=TicketState.WAITING, reason="void"),
        "ticket.cancelled",
        ALL,
        '{"from":"waiting","number":"A001","reason":"void"}',
    ),
    (TicketExpired(**ABOUT, source=TicketState.CALLED), "ticket.expired", ALL, '{"from":"called","number":"A001"}'),
    (TicketUnpinned(ticket="t-1", counter=None, clerk="an"), "ticket.unpinned", TICKET, '{"clerk":"an"}'),
    (
        TicketPrinted(ticket="t-1", number="A001", state="printed", proof="fence", station="kiosk-1"),
        "ticket.printed",
        TICKET,
        '{"number":"A001","proof":"fence","state":"printed","station":"kiosk-1"}',
    ),
    (
        TicketDossierNoted(ticket="t-1", counter="c1", number="A001", noted=True),
        "ticket.dossier_noted",
        TICKET | COUNTER,
        '{"noted":true,"number":"A001"}',
    ),
    (
        TicketNoted(ticket="t-1", counter="c1", number="A001", noted=False),
        "ticket.noted",
        TICKET | COUNTER,
        '{"noted":false,"number":"A001"}',
    ),
    (TicketRated(**ABOUT, level="satisfied"), "ticket.rated", ALL, '{"level":"satisfied","number":"A001"}'),
    (
        CallAcknowledged(ticket="t-1", counter="c1", call="k-7"),
        "call.acknowledged",
        TICKET | COUNTER,
        '{"call":"k-7"}',
    ),
    (
        CallSeen(ticket="t-1", counter="c1", call="k-7", station="tv-1", shown_at_ms=5, spoken="yes"),
        "call.seen",
        TICKET | COUNTER,
        '{"call":"k-7","shown_at_ms":5,"spoken":"yes","station":"tv-1"}',
    ),
    (
        CounterStateChanged(
            counter="c1", state=CounterState.PAUSED, reason="lunch", until_at_ms=None, announce="pause"
        ),
        "counter.state",
        COUNTER,
        '{"announce":"pause","reason":"lunch","state":"paused","until_at_ms":null}',
    ),
    (CounterClerkChanged(counter="c1", clerk=None), "counter.clerk", COUNTER, '{"clerk":null}'),
    (CounterReady(counter="c1"), "counter.ready", COUNTER, "{}"),
    (CounterUnready(counter="c1", reason="away"), "counter.unready", COUNTER, '{"reason":"away"}'),
    (
        CounterServicesToday(counter="c1", added=["DD"], taken=["HT"], any_clerk=["DD"]),
        "counter.services_today",
        COUNTER,
        '{"added":["DD"],"any_clerk":["DD"],"taken":["HT"]}',
    ),
    (
        ServerBooted(queue_ms=5, doubt=Doubt.LOST, sure_ms=4),
        "server.booted",
        {},
        '{"doubt":"lost","queue_ms":5,"sure_ms":4}',
    ),
    (
        ClockStepped(step_ms=-9, doubt=Doubt.BEHIND, sure_ms=4),
        "clock.stepped",
        {},
        '{"doubt":"behind","step_ms":-9,"sure_ms":4}',
    ),
    (
        ClockJudged(doubt=Doubt.ENTERED, sure_ms=4, by="staff", date="2026-11-23"),
        "clock.judged",
        {},
        '{"by":"staff","date":"2026-11-23","doubt":"told","sure_ms":4}',
    ),
    (
        DayOpened(day="d9", date="2026-11-23", office="mau", queue_ms=5, goes_on="d8"),
        "day.opened",
        {},
        '{"date":"2026-11-23","day":"d9","goes_on":"d8","office":"mau","queue_ms":5}',
    ),
    (
        DayOpened(day="d9", date="2026-11-23", office="mau", queue_ms=5, demand={"HT": 12, "CT": 0}),
        "day.opened",
        {},
        '{"date":"2026-11-23","day":"d9","demand":{"CT":0,"HT":12},"goes_on":null,"office":"mau","queue_ms":5}',
    ),
    (
        DayOpened(day="p9", date="2026-11-23", office="mau", queue_ms=5, practice=True),
        "day.opened",
        {},
        '{"date":"2026-11-23","day":"p9","goes_on":null,"office":"mau","practice":true,"queue_ms":5}',
    ),
    (
        DayClosed(day="d9", date=None, carried=True, served=3, expired=2, unrecorded=1),
        "day.closed",
        {},
        '{"carried":true,"date":null,"day":"d9","expired":2,"served":3,"unrecorded":1}',
    ),
    (
        DayReopened(day="d9", date="2026-11-23", reason="mistake"),
        "day.reopened",
        {},
        '{"date":"2026-11-23","day":"d9","reason":"mistake"}',
    ),
    (
        DayDated(day="d9", date="2026-11-24", opened_at_ms=5, before=None, fresh=True),
        "day.dated",
        {},
        '{"before":null,"date":"2026-11-24","day":"d9","fresh":true,"opened_at_ms":5}',
    ),
    (
        HoursChanged(office="mau", opening="open", services={"HT": "closed"}, announce="opening"),
        "hours.changed",
        {},
        '{"announce":"opening","office":"mau","opening":"open","services":{"HT":"closed"}}',
    ),
    (ServiceStopped(service="HT", reason="power cut"), "service.stopped", SERVICE, '{"reason":"power cut"}'),
    (
        ServiceStopped(service="HT", reason="power cut", until_at_ms=1795395600000, ask="counter 1"),
        "service.stopped",
        SERVICE,
        '{"ask":"counter 1","reason":"power cut","until_at_ms":1795395600000}',
    ),
    (ServiceResumed(service="HT"), "service.resumed", SERVICE, "{}"),
    (
        OfficeLoaded(
            offices=[{"id": "mau"}],
            services=[{"id": "HT"}],
            clerks=[],
            counters=[{"id": "c1"}],
            counter_services=[],
            procedures=[],
            calendar=[],
            notices=[{"id": "n1"}],
        ),
        "office.loaded",
        {},
        (
            '{"calendar":[],"clerk":[],"counter":[{"id":"c1"}],"counter_service":[],"notice":[{"id":"n1"}],'
            '"office":[{"id":"mau"}],"procedure":[],"service":[{"id":"HT"}]}'
        ),
    ),
    (ClerkNamed(clerk="an"), "clerk.named", {}, '{"clerk":"an"}'),
    (
        OfficeChanged(change="o-7", edits=[EDIT], undoes="o-5", planned=False),
        "office.changed",
        {},
        f'{{"change":"o-7","edits":[{EDIT_TEXT}],"planned":false,"undoes":"o-5"}}',
    ),
    (
        OfficeChangePlanned(change="o-7", date="2026-11-25", edits=[EDIT], undoes=None),
        "office.change_planned",
        {},
        f'{{"change":"o-7","date":"2026-11-25","edits":[{EDIT_TEXT}],"undoes":null}}',
    ),
    (
        OfficeChangeWithdrawn(change="o-7", impossible=True),
        "office.change_withdrawn",
        {},
        '{"change":"o-7","impossible":true}',
    ),
    (
        JobMade(ticket="t-1", job="j-8", station="kiosk-1", job_kind="reprint", mark="reprint"),
        "job.made",
        TICKET,
        '{"job":"j-8","kind":"reprint","mark":"reprint","station":"kiosk-1"}',
    ),
    (
        JobDone(ticket="t-1", job="j-8", state="printed", proof="fence", station="kiosk-1"),
        "job.done",
        TICKET,
        '{"job":"j-8","proof":"fence","state":"printed","station":"kiosk-1"}',
    ),
    (HelpAsked(call="h-9", station="kiosk-1"), "help.asked", {}, '{"help":"h-9","station":"kiosk-1"}'),
    (HelpTaken(call="h-9", station="kiosk-1"), "help.taken", {}, '{"help":"h-9","station":"kiosk-1"}'),
    (AlarmRaised(counter="c1", alarm="a-9"), "alarm.raised", COUNTER, '{"alarm":"a-9"}'),
    (AlarmTaken(counter="c1", alarm="a-9"), "alarm.taken", COUNTER, '{"alarm":"a-9"}'),
    (AlarmEnded(counter="c1", alarm="a-9"), "alarm.ended", COUNTER, '{"alarm":"a-9"}'),
    (
        ColleagueSent(counter=None, dispatch="s-9", station="kiosk-1", call="h-8", to_counter="c2", clerk="binh"),
        "colleague.sent",
        {},
        '{"call":"h-8","clerk":"binh","dispatch":"s-9","station":"kiosk-1","to_counter":"c2"}',
    ),
    (ColleagueGoing(counter="c1", dispatch="s-9"), "colleague.going", COUNTER, '{"dispatch":"s-9"}'),
    (DispatchEnded(counter="c1", dispatch="s-9"), "dispatch.ended", COUNTER, '{"dispatch":"s-9"}'),
    (
        DeviceTried(station="counters-1", device="keypad-c1", works=False, fault="keys"),
        "device.tried",
        {},
        '{"device":"keypad-c1","fault":"keys","station":"counters-1","works":false}',
    ),
    (
        RequestRecorded(ticket="t-1", counter="c1", job="j-8"),
        "request.answered",
        TICKET | COUNTER,
        '{"job":"j-8"}',
    ),
]
"""A fact, its kind, its columns in the journal and its data."""

EARLIER: list[tuple[FactKind, dict[str, Any], dict[str, Any]]] = [
    (FactKind.ISSUED, {"slip": True}, {"slip": None}),
    (
        FactKind.SENT_ON,
        {"pin": "c2", "pin_clerk": "an", "stops": [STOP], "sender": {"clerk": None, "counter": "c2"}},
        {"pin": None, "pin_clerk": None, "stops": None, "sender": None},
    ),
    (
        FactKind.TRANSFERRED,
        {"pin_clerk": "an", "stops": [STOP], "sender": {"clerk": None, "counter": "c2"}},
        {"pin_clerk": None, "stops": None, "sender": None},
    ),
    (FactKind.UNPINNED, {"clerk": "an"}, {"clerk": None}),
    (FactKind.MISSED, {"pin": "c2", "pin_clerk": "an"}, {"pin": None, "pin_clerk": None}),
    (FactKind.RETURNED, {"pin": "c2", "pin_clerk": "an"}, {"pin": None, "pin_clerk": None}),
    (FactKind.REQUEUED, {"callable_from_ms": 8}, {"callable_from_ms": None}),
    (FactKind.BOOTED, {"doubt": "lost", "sure_ms": 4}, {"doubt": None, "sure_ms": None}),
    (FactKind.CLOCK_STEPPED, {"doubt": "behind", "sure_ms": 4}, {"doubt": None, "sure_ms": None}),
    (FactKind.DAY_OPENED, {"day": "d9", "goes_on": "d8"}, {"day": None, "goes_on": None, "day_id": "2026-11-23"}),
    (FactKind.DAY_CLOSED, {"day": "d9", "carried": True}, {"day": None, "carried": None}),
    (FactKind.DAY_REOPENED, {"day": "d9"}, {"day": None, "day_id": "2026-11-23"}),
    (FactKind.SERVICE_STOPPED, {"reason": "power cut"}, {"reason": None, "until_at_ms": None, "ask": None}),
    (FactKind.OFFICE_LOADED, {"notice": [{"id": "n1"}]}, {"notices": None}),
]
"""Of each kind whose form has grown: the members that the first form did not have, and what they are read as."""
LATER_VERSIONS = {FactKind.DAY_OPENED: 4, FactKind.SERVICE_STOPPED: 3, FactKind.SENT_ON: 3}


def test_words_of_the_domain_are_those_of_the_wire() -> None:
    assert [level.value for level in SatisfactionLevel] == [level.value for level in RatingLevel]
    assert {state.value for state in CounterState} == {state.value for state in CounterStateName}


def test_every_kind_of_fact_has_a_class_and_a_literal_here() -> None:
    assert set(FACTS) == set(FactKind)
    assert {type(fact) for fact, *_ in FORMS} == set(FACTS.values())
    assert all(fact.KIND is kind for kind, fact in FACTS.items())


@pytest.mark.parametrize(("fact", "kind", "subject", "data"), FORMS, ids=[kind for _, kind, _, _ in FORMS])
def test_a_fact_has_the_form_in_the_journal_that_it_always_had(
    fact: Fact, kind: str, subject: Mapping[str, str], data: str
) -> None:
    assert kind == fact.KIND
    assert {name: value for name, value in subject_of(fact).items() if value is not None} == subject
    assert canonical(data_of(fact)) == data
    assert decode(type(fact), subject_of(fact), json.loads(data)) == fact


@pytest.mark.parametrize(("kind", "later", "read"), EARLIER, ids=[kind.value for kind, _, _ in EARLIER])
def test_the_first_form_of_a_fact_is_still_read(kind: FactKind, later: dict[str, Any], read: dict[str, Any]) -> None:
    fact, data = form(kind)
    assert {name: data[name] for name in later} == later
    first = {name: value for name, value in data.items() if name not in later}
    old = decode(FACTS[kind], subject_of(fact), first)
    assert {name: getattr(old, name) for name in read} == read
    assert LATER_VERSIONS.get(kind, 2) == FACTS[kind].VERSION


def test_a_fact_whose_form_has_not_grown_needs_every_member() -> None:
    grown = {kind for kind, _, _ in EARLIER}
    for kind in set(FactKind) - grown:
        assert FACTS[kind].VERSION == 1
        fact, data = form(kind)
        for name in data:
            with pytest.raises(BadFact, match=f"{name} is missing"):
                decode(FACTS[kind], subject_of(fact), {other: data[other] for other in data if other != name})


@pytest.mark.parametrize(
    ("kind", "field"), [(FactKind.REQUEUED, "callable_from_ms"), (FactKind.SERVICE_STOPPED, "reason")]
)
def test_a_member_that_some_facts_do_not_have_is_left_out(kind: FactKind, field: str) -> None:
    fact, data = form(kind)
    without: Any = replace(fact, **{field: None})
    assert data_of(without) == {name: value for name, value in data.items() if name != field}
    assert decode(FACTS[kind], subject_of(without), data_of(without)) == without


def test_members_of_a_later_release_are_passed_over() -> None:
    fact, data = form(FactKind.STARTED)
    assert decode(TicketStarted, subject_of(fact), data | {"new": 1}) == fact


def test_a_recorded_fact_is_read_back_from_the_journal_as_it_was(hall: Hall) -> None:
    in_state(hall, TicketState.SERVED)
    entries = [entry for committed in hall.committed for entry in committed.entries]
    assert len(entries) > 5
    for entry in entries:
        assert (entry.fact.KIND, data_of(entry.fact)) == (entry.kind, entry.data)


def form(kind: FactKind) -> tuple[Fact, dict[str, Any]]:
    """Return the fact of this kind and its data, of ``FORMS``."""
    return next((fact, json.loads(data)) for fact, _, _, data in FORMS if fact.KIND is kind)
