"""Staff alarms, colleagues who are sent to a place, and messages between counters and managers."""

import pytest
from core_hall import HOUR, MINUTE, Hall, clerk, kiosk, manager, request_id

from server import commands, views
from server.commands import Actor, Refused, Role
from server.store.queries import AlarmRow, MessageRow, StripRows
from server.wire.messages import AskHelp, RaiseAlarm


def raise_alarm(hall: Hall, actor: Actor, counter: str = "c1", request: str | None = None) -> None:
    body = RaiseAlarm(request_id=request or request_id())
    hall.ask(lambda tx, now: commands.raise_alarm(tx, actor, now, counter, body))


def strip(hall: Hall) -> StripRows:
    with hall.read() as snapshot:
        return views.strip(snapshot)


def open_alarm(hall: Hall) -> AlarmRow:
    (alarm,) = strip(hall).alarms
    return alarm


def to_managers(hall: Hall, text: str, request: str | None = None) -> int:
    sent: int = hall.ask(
        lambda tx, now: commands.message_managers(tx, clerk(), now, request or request_id(), "c1", text)
    )
    return sent


def to_counters(hall: Hall, text: str, counter: str | None = None) -> int:
    sent: int = hall.ask(lambda tx, now: commands.message_counters(tx, manager(), now, request_id(), counter, text))
    return sent


def unread(hall: Hall) -> list[MessageRow]:
    return list(strip(hall).messages)


def test_an_alarm_is_raised_once_taken_by_the_first_and_ended(hall: Hall) -> None:
    raise_alarm(hall, clerk())
    raise_alarm(hall, kiosk())
    alarm = open_alarm(hall)
    assert (alarm.counter, alarm.raised_by, alarm.taken_by) == ("c1", "an", None)
    for person in (Actor(Role.CLERK, "binh"), manager()):
        hall.ask(lambda tx, now, person=person: commands.take_alarm(tx, person, now, alarm.id))
    assert open_alarm(hall).taken_by == "binh"
    for _ in range(2):
        hall.ask(lambda tx, now: commands.end_alarm(tx, manager(), now, alarm.id))
    assert strip(hall).alarms == []
    assert [kind for kind in hall.kinds() if kind.startswith("alarm")] == ["alarm.raised", "alarm.taken", "alarm.ended"]


def test_an_alarm_needs_no_open_day_and_survives_a_restart(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    raise_alarm(hall, kiosk())
    hall.restarted("boot-2")
    hall.clock.go(24 * HOUR)
    hall.tick()
    assert open_alarm(hall).counter == "c1"


def test_a_clerk_raises_the_alarm_of_the_own_counter_only(hall: Hall) -> None:
    with pytest.raises(Refused):
        raise_alarm(hall, clerk(), "c2")
    with pytest.raises(Refused):
        raise_alarm(hall, Actor(Role.STATION, "counters-9", counters=frozenset({"c3"})), "c2")
    assert strip(hall).alarms == []


def test_who_goes_as_sent_takes_the_visitors_call_for_help(hall: Hall) -> None:
    ask = AskHelp(request_id=request_id(), station="kiosk-1")
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, ask))
    with hall.read() as snapshot:
        (call,) = views.help_calls(snapshot)
    send = AskHelp(request_id=request_id(), station="web")
    for _ in range(2):
        hall.ask(lambda tx, now: commands.send_colleague(tx, manager(), now, send, "c2", call=call.id))
    (dispatch,) = strip(hall).dispatches
    assert (dispatch.station, dispatch.counter, dispatch.to_counter, dispatch.clerk) == ("kiosk-1", None, "c2", "binh")
    hall.ask(lambda tx, now: commands.go_as_sent(tx, Actor(Role.CLERK, "binh"), now, dispatch.id))
    with hall.read() as snapshot:
        assert views.help_calls(snapshot) == ()
    assert strip(hall).dispatches[0].going_by == "binh"
    hall.ask(lambda tx, now: commands.end_dispatch(tx, manager(), now, dispatch.id))
    assert strip(hall).dispatches == []


def on_the_way(hall: Hall) -> str | None:
    """Return the call for help to which the kiosk says that somebody comes."""
    assert "kiosk-1" in hall.view(views.stations_with_work)
    helper: str | None = hall.view(views.work_list, "kiosk-1", "e").helper
    return helper


def sent_to(hall: Hall, counter: str, call: str) -> str:
    """Send a colleague to a visitor's call; return the id of the dispatch."""
    send = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.send_colleague(tx, manager(), now, send, counter, call=call))
    return next(row.id for row in strip(hall).dispatches if row.to_counter == counter)


def help_request() -> AskHelp:
    return AskHelp(request_id=request_id(), station="kiosk-1")


def test_the_kiosk_learns_who_is_on_the_way_until_the_help_ends_or_five_minutes_are_over(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, help_request()))
    with hall.read() as snapshot:
        (call,) = views.help_calls(snapshot)
    assert on_the_way(hall) is None
    refused, sent = sent_to(hall, "c1", call.id), sent_to(hall, "c2", call.id)
    assert on_the_way(hall) is None, "a colleague who has not answered is not on the way"
    hall.ask(lambda tx, now: commands.end_dispatch(tx, clerk(), now, refused))
    hall.ask(lambda tx, now: commands.go_as_sent(tx, clerk("c2"), now, sent))
    assert on_the_way(hall) == call.id
    hall.ask(lambda tx, now: commands.end_dispatch(tx, clerk("c2"), now, sent))
    assert on_the_way(hall) is None
    hall.ask(lambda tx, now: commands.ask_help(tx, kiosk(), now, help_request()))
    with hall.read() as snapshot:
        (second,) = views.help_calls(snapshot)
    hall.ask(lambda tx, now: commands.take_help(tx, clerk(), now, second.id))
    hall.clock.go(5 * MINUTE - 1)
    assert on_the_way(hall) == second.id
    hall.clock.go(1)
    assert on_the_way(hall) is None


def test_nobody_is_sent_to_where_he_is(hall: Hall) -> None:
    send = AskHelp(request_id=request_id(), station="web")
    for place in ("c2", None):
        with pytest.raises(Refused):
            hall.ask(
                lambda tx, now, place=place: commands.send_colleague(tx, manager(), now, send, "c2", counter=place)
            )


def test_a_message_is_sent_once_and_seen_by_its_addressee_only(hall: Hall) -> None:
    request = request_id()
    assert [to_managers(hall, " Hết \n giấy ", request), to_managers(hall, "Hết giấy", request)] == [1, 1]
    (message,) = unread(hall)
    assert (message.text, message.from_counter, message.to_counter, message.sent_by) == ("Hết giấy", "c1", None, "an")
    hall.ask(lambda tx, now: commands.see_counter_messages(tx, clerk(), now, "c1", [message.id]))
    assert len(unread(hall)) == 1
    hall.ask(lambda tx, now: commands.see_managers_messages(tx, manager(), now, [message.id]))
    assert unread(hall) == []
    with hall.read() as snapshot:
        assert [row.seen_by for row in views.messages_with(snapshot, "c1")] == ["ql"]
        assert views.messages_with(snapshot, "c2") == []


def test_a_message_to_all_reaches_the_counters_that_work(hall: Hall) -> None:
    assert to_counters(hall, "Mời họp lúc 11:30") == 2
    assert [row.to_counter for row in unread(hall)] == ["c1", "c2"]
    assert len({row.batch for row in unread(hall)}) == 1
    assert to_counters(hall, " \t ") == 0


def test_a_message_is_cut_at_200_characters_and_leaves_no_fact(hall: Hall) -> None:
    before = hall.kinds()
    to_managers(hall, "ổ" * 300)
    assert len(unread(hall)[0].text) == 200
    assert hall.kinds() == before


def test_messages_are_erased_with_the_day_and_with_their_writer(hall: Hall) -> None:
    to_managers(hall, "Hết giấy")
    to_counters(hall, "Đã gọi kỹ thuật", "c1")
    administrator = Actor(Role.ADMINISTRATOR, "qt")
    hall.ask(lambda tx, now: commands.forget_clerk(tx, administrator, now, "an"))
    assert [row.sent_by for row in unread(hall)] == ["ql"]
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert unread(hall) == []
