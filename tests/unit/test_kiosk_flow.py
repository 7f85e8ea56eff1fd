"""A visitor's way through the kiosk: choices, priority, search and help."""

from dataclasses import replace

import pytest
from kiosk_bench import Kiosk, at_confirmation

from kiosk.flow import effects, events
from kiosk.flow.state import HelpState, ScreenName, with_visit
from tools.pictures import kiosk as demo


def test_service_procedure_and_confirmation_lead_to_a_number(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    assert kiosk.visit.screen is ScreenName.WORKING
    ask = kiosk.issues()[0].request
    assert (ask.service, ask.procedure, ask.ticket_class, ask.station) == ("HT", "1.001193", "ordinary", "kiosk-1")
    kiosk.gets_its_number()
    visit = kiosk.visit
    assert visit.screen is ScreenName.RESULT
    assert visit.ticket is not None
    assert visit.ticket.number == "A015"
    (slip,) = kiosk.wanted(effects.PrintSlip)
    assert isinstance(slip, effects.PrintSlip)
    assert (slip.job, slip.origin, slip.language) == ("t-9f2c", None, "vi")


def test_a_service_without_procedures_skips_that_step(kiosk: Kiosk) -> None:
    kiosk.tap("return")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.CONFIRM, "TK")
    kiosk.tap("home", "unsure")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.CONFIRM, "HD")


def test_return_and_guidance_are_not_in_the_list_and_the_usual_come_first(kiosk: Kiosk) -> None:
    listed = kiosk.state.hall.listed_services()
    assert {"TK", "HD"}.isdisjoint(service.id for service in listed)
    usual = [service.usual for service in listed]
    assert usual == sorted(usual, reverse=True)
    assert len(listed) == 13


def test_a_touch_after_the_number_was_requested_requests_no_second_one(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take", "take", "take")
    assert len(kiosk.issues()) == 1


def test_back_retraces_the_way_and_home_forgets_the_visit(kiosk: Kiosk) -> None:
    kiosk.tap("take", "page-next", "service-BT")
    kiosk.tap("back")
    assert (kiosk.visit.screen, kiosk.visit.page) == (ScreenName.SERVICES, 1)
    kiosk.tap("back")
    assert kiosk.visit.screen is ScreenName.HOME
    at_confirmation(kiosk).tap("home")
    assert (kiosk.visit.service, kiosk.visit.procedure, kiosk.visit.trail) == (None, None, ())


def test_a_tap_on_what_the_office_does_not_have_changes_nothing(kiosk: Kiosk) -> None:
    before = kiosk.state
    kiosk.tap("service-XX", "procedure-none", "lang-xx")
    after = with_visit(kiosk.state, last_touch_at_s=before.visit.last_touch_at_s)
    assert replace(after, touches=before.touches) == before


@pytest.mark.parametrize("group", ["disabled", "pregnant", "child", "merit"])
def test_any_group_sets_the_class_and_which_one_is_neither_sent_nor_kept(kiosk: Kiosk, group: str) -> None:
    at_confirmation(kiosk).tap("priority-yes")
    assert kiosk.visit.screen is ScreenName.PRIORITY
    kiosk.tap(f"priority-{group}", "take")
    assert kiosk.issues()[0].request.ticket_class == "priority"
    elder = at_confirmation(Kiosk())
    elder.tap("priority-yes", "priority-elder", "take")
    assert (kiosk.state, kiosk.done) == (elder.state, elder.done)


def test_no_on_the_list_of_groups_is_an_ordinary_number(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("priority-yes", "priority-elder", "priority-yes", "priority-no", "take")
    assert kiosk.issues()[0].request.ticket_class == "ordinary"


@pytest.mark.parametrize(("sent", "state"), [(True, HelpState.SENT), (False, HelpState.FAILED)])
def test_a_call_for_help_shows_whether_it_was_sent(kiosk: Kiosk, sent: bool, state: HelpState) -> None:
    kiosk.tap("help", "help")
    (asked,) = kiosk.wanted(effects.RequestHelp)
    assert isinstance(asked, effects.RequestHelp)
    kiosk.happens(events.HelpAnswered(asked.request_id, sent=sent))
    assert kiosk.visit.help is state


def test_letters_are_typed_erased_and_lead_to_a_card(kiosk: Kiosk) -> None:
    kiosk.tap("lookup", "key-k", "key-h", "key-space", "key-x", "key-erase")
    assert kiosk.visit.query == "kh "
    kiosk.tap("key-clear")
    assert kiosk.visit.query == ""
    kiosk.tap("procedure-1.001193")
    assert kiosk.visit.screen is ScreenName.PROCEDURE
    kiosk.tap("take")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.CONFIRM, "HT")


def test_a_procedure_of_elsewhere_has_a_card_and_no_number(kiosk: Kiosk) -> None:
    elsewhere = next(procedure for procedure in demo.catalogue().procedures if procedure.place)
    kiosk.tap("lookup", f"procedure-{elsewhere.code}")
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.PROCEDURE, elsewhere.service)
