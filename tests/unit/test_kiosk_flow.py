"""What happens at a kiosk, walked with a clock that the test turns."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from config.clock import Now
from hardware.ports import Health, PrintResult, PrintState, Proof, Unconfirmed
from hardware.ports import State as DeviceState
from kiosk import state as k
from kiosk.flow import seconds_left, start, step
from kiosk.outside import heard
from kiosk.state import Access, Bounds, HelpState, Screen, State, Trouble
from server.wire.messages import Job, Problem, ProblemCode, ServerBeat
from server.wire.pace import STALE_S
from server.wire.topics import Topics
from tools.pictures import kiosk as demo

BOUNDS = Bounds("kiosk-1", idle_s=60, ask_s=20, result_s=15)
NO_PAPER = Health(DeviceState.FAULT, "paper_out")
READY = Health(DeviceState.READY)
BEAT = k.Beaten(ServerBeat(online=True, epoch="e7c1"))


class Kiosk:
    """A kiosk under test: says what happens, keeps what it wanted done."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.seconds, self.fresh = 1000.0, 0
        self.done: list[k.Effect] = []
        self.state: State = start(bounds, self.now)
        self.happens(k.OfficeCame(demo.office()), k.BoardCame(demo.board()))
        self.happens(k.CatalogueCame(demo.catalogue(), "1"), BEAT)
        self.happens(k.PrinterSeen(READY))
        self.done.clear()

    @property
    def now(self) -> Now:
        return Now(demo.NOW.wall_ms + round(self.seconds * 1000), round(self.seconds * 1000), self.seconds)

    def happens(self, *whats: k.What) -> None:
        for what in whats:
            self.state, effects = step(self.state, what, self.now)
            self.done += effects

    def tap(self, *targets: str) -> None:
        for target in targets:
            self.fresh += 1
            self.happens(k.Touched(target, request(self.fresh)))

    def passes(self, seconds: float, *, beats: bool = True) -> None:
        """Time goes by in seconds, as the station's loop sees it."""
        for _ in range(round(seconds)):
            self.seconds += 1
            if beats:
                self.happens(BEAT)
            self.happens(k.Ticked())

    def wanted(self, kind: type[k.Effect]) -> list[k.Effect]:
        return [effect for effect in self.done if isinstance(effect, kind)]

    def issues(self) -> list[k.Issue]:
        return [effect for effect in self.done if isinstance(effect, k.Issue)]

    def gets_its_number(self) -> None:
        ask = self.issues()[-1].ask
        self.happens(k.Issued(ask.request_id, demo.ticket()))

    def prints(self, state: PrintState, code: str | None = None) -> None:
        self.happens(k.SlipDone(PrintResult("t-9f2c", state, Proof.NONE, code)))


def request(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def problem(code: ProblemCode) -> Problem:
    return Problem(title="", status=409, code=code, detail="")


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


def at_confirmation(kiosk: Kiosk) -> Kiosk:
    kiosk.tap("take", "service-HT", "procedure-1.001193")
    assert kiosk.state.screen is Screen.CONFIRM
    return kiosk


# --- three choices to a number -------------------------------------------------------------------------


def test_service_procedure_and_confirmation_lead_to_a_number(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    assert kiosk.state.screen is Screen.WORKING
    ask = kiosk.issues()[0].ask
    assert (ask.service, ask.procedure, ask.ticket_class, ask.station) == ("HT", "1.001193", "ordinary", "kiosk-1")
    kiosk.gets_its_number()
    shown = kiosk.state
    assert shown.screen is Screen.RESULT
    assert shown.ticket is not None
    assert shown.ticket.number == "A015"
    (slip,) = kiosk.wanted(k.Print)
    assert isinstance(slip, k.Print)
    assert (slip.job, slip.mark, slip.language) == ("t-9f2c", None, "vi")


def test_a_service_without_procedures_skips_that_step(kiosk: Kiosk) -> None:
    kiosk.tap("return")
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.CONFIRM, "TK")
    kiosk.tap("home", "unsure")
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.CONFIRM, "HD")


def test_return_and_guidance_are_not_in_the_list_and_the_usual_come_first(kiosk: Kiosk) -> None:
    shown = k.fields(kiosk.state)
    assert {"TK", "HD"}.isdisjoint(one.id for one in shown)
    usual = [one.usual for one in shown]
    assert usual == sorted(usual, reverse=True)
    assert len(shown) == 13


def test_a_touch_after_the_number_was_asked_for_asks_no_second_one(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take", "take", "take")
    assert len(kiosk.issues()) == 1


def test_back_retraces_the_way_and_home_forgets_the_visit(kiosk: Kiosk) -> None:
    kiosk.tap("take", "page-next", "service-BT")
    kiosk.tap("back")
    assert (kiosk.state.screen, kiosk.state.page) == (Screen.SERVICES, 1)
    kiosk.tap("back")
    assert kiosk.state.screen is Screen.HOME
    at_confirmation(kiosk).tap("home")
    assert (kiosk.state.service, kiosk.state.procedure, kiosk.state.trail) == (None, None, ())


def test_an_unknown_target_changes_nothing(kiosk: Kiosk) -> None:
    before = kiosk.state
    kiosk.tap("service-XX", "procedure-none", "nonsense", "lang-xx")
    assert replace(kiosk.state, touched_s=before.touched_s) == before


# --- priority ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["disabled", "pregnant", "child", "merit"])
def test_any_group_sets_the_class_and_which_one_is_neither_sent_nor_kept(kiosk: Kiosk, group: str) -> None:
    at_confirmation(kiosk).tap("priority-yes")
    assert kiosk.state.screen is Screen.PRIORITY
    kiosk.tap(f"priority-{group}", "take")
    assert kiosk.issues()[0].ask.ticket_class == "priority"
    elder = at_confirmation(Kiosk())
    elder.tap("priority-yes", "priority-elder", "take")
    assert (kiosk.state, kiosk.done) == (elder.state, elder.done)


def test_no_on_the_list_of_groups_is_an_ordinary_number(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("priority-yes", "priority-elder", "priority-yes", "priority-no", "take")
    assert kiosk.issues()[0].ask.ticket_class == "ordinary"


# --- when the server does not answer -------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again_with_the_same_request(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    first = kiosk.issues()[0].ask
    for _ in range(3):
        kiosk.happens(k.IssueLost(first.request_id))
        kiosk.passes(4)
    assert len(kiosk.issues()) > 1
    assert {issue.ask for issue in kiosk.issues()} == {first}
    kiosk.gets_its_number()
    assert kiosk.state.screen is Screen.RESULT


def lose_all(kiosk: Kiosk, *, beats: bool) -> None:
    """No try is ever answered."""
    lost = 0
    for _ in range(60):
        if len(kiosk.issues()) > lost:
            lost += 1
            kiosk.happens(k.IssueLost(kiosk.issues()[-1].ask.request_id))
        if kiosk.state.screen is not Screen.WORKING:
            return
        kiosk.passes(1, beats=beats)


def test_a_silent_server_ends_in_the_truth_and_the_same_request_is_kept_for_a_touch(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    lose_all(kiosk, beats=True)
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, Trouble.BUSY)
    asked = len(kiosk.issues())
    kiosk.tap("take")
    assert kiosk.state.screen is Screen.WORKING
    assert len(kiosk.issues()) == asked + 1
    assert len({issue.ask.request_id for issue in kiosk.issues()}) == 1


def test_without_a_heartbeat_the_kiosk_says_that_it_is_offline(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(STALE_S, beats=False)
    lose_all(kiosk, beats=False)
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, Trouble.NETWORK)


def test_when_the_hall_is_heard_again_the_same_request_may_be_made_again_by_a_touch(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.passes(STALE_S, beats=False)
    lose_all(kiosk, beats=False)
    kiosk.happens(BEAT)
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, Trouble.BACK)
    kiosk.tap("take")
    assert kiosk.state.screen is Screen.WORKING
    assert len({issue.ask.request_id for issue in kiosk.issues()}) == 1


def test_an_answer_to_a_request_that_was_given_up_shows_nothing(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    asked = kiosk.issues()[0].ask.request_id
    lose_all(kiosk, beats=True)
    kiosk.tap("home")
    kiosk.happens(k.Issued(asked, demo.ticket()))
    assert (kiosk.state.screen, kiosk.state.ticket) == (Screen.HOME, None)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (ProblemCode.FULL, Trouble.FULL),
        (ProblemCode.SERVICE_CLOSED, Trouble.STOPPED),
        (ProblemCode.NO_COUNTER, Trouble.NO_COUNTER),
        (ProblemCode.DAY_CLOSED, Trouble.DAY),
        (ProblemCode.BUSY, Trouble.BUSY),
        (ProblemCode.TOO_MANY, Trouble.BUSY),
        (ProblemCode.UNKNOWN_SERVICE, Trouble.SEE_STAFF),
    ],
)
def test_every_refusal_has_its_screen(kiosk: Kiosk, code: ProblemCode, trouble: Trouble) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.happens(k.IssueRefused(kiosk.issues()[0].ask.request_id, problem(code)))
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, trouble)


@pytest.mark.parametrize(
    ("state", "trouble"),
    [("full", Trouble.FULL), ("closed", Trouble.STOPPED), ("no_counter", Trouble.NO_COUNTER)],
)
def test_a_service_that_is_known_to_be_shut_says_why_and_asks_the_server_nothing(
    kiosk: Kiosk, state: str, trouble: Trouble
) -> None:
    shut = demo.office(HT=state).model_copy(update={"rev": 2})
    kiosk.happens(k.OfficeCame(shut))
    kiosk.tap("take", "service-HT")
    assert (kiosk.state.screen, kiosk.state.trouble) == (Screen.NOTICE, trouble)
    kiosk.tap("take")
    assert kiosk.issues() == []


# --- paper ---------------------------------------------------------------------------------------------


def test_known_no_paper_asks_before_a_number_is_allotted(kiosk: Kiosk) -> None:
    kiosk.happens(k.PrinterSeen(NO_PAPER))
    at_confirmation(kiosk).tap("take")
    assert kiosk.state.screen is Screen.NO_PAPER
    assert kiosk.issues() == []
    kiosk.tap("nopaper-yes")
    kiosk.gets_its_number()
    assert (kiosk.state.screen, kiosk.state.slip) == (Screen.RESULT, None)
    assert kiosk.wanted(k.Print) == []


@pytest.mark.parametrize("code", ["cover", "cutter", "hot", "fault", "wrong", "off", "silent"])
def test_every_known_reason_why_no_slip_would_come_asks_first(kiosk: Kiosk, code: str) -> None:
    state = DeviceState.OFFLINE if code in ("off", "silent") else DeviceState.FAULT
    kiosk.happens(k.PrinterSeen(Health(state, code)))
    at_confirmation(kiosk).tap("take")
    assert kiosk.state.screen is Screen.NO_PAPER
    kiosk.happens(k.PrinterSeen(READY))
    kiosk.tap("back", "take")
    assert len(kiosk.issues()) == 1


@pytest.mark.parametrize("health", [Health(DeviceState.UNKNOWN), Health(DeviceState.WARNING, "paper_near_end")])
def test_a_printer_of_which_nothing_bad_is_known_is_given_the_slip(kiosk: Kiosk, health: Health) -> None:
    kiosk.happens(k.PrinterSeen(health))
    at_confirmation(kiosk).tap("take")
    assert len(kiosk.issues()) == 1


def test_who_wants_a_slip_when_there_is_no_paper_gets_a_person(kiosk: Kiosk) -> None:
    kiosk.happens(k.PrinterSeen(NO_PAPER))
    at_confirmation(kiosk).tap("take", "nopaper-no")
    assert kiosk.issues() == []
    assert len(kiosk.wanted(k.AskHelp)) == 1
    assert kiosk.state.screen is Screen.HOME


def test_a_kiosk_without_a_printer_shows_the_number_only() -> None:
    kiosk = Kiosk(replace(BOUNDS, has_printer=False))
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    assert kiosk.wanted(k.Print) == []
    assert (kiosk.state.screen, kiosk.state.slip) == (Screen.RESULT, None)


@pytest.mark.parametrize("state", [PrintState.HELD, PrintState.FAILED, PrintState.UNKNOWN])
def test_a_slip_that_did_not_come_keeps_the_number_on_the_screen_and_is_told(kiosk: Kiosk, state: PrintState) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(state, "paper_out")
    assert (kiosk.state.screen, kiosk.state.slip) == (Screen.RESULT, state)
    assert kiosk.wanted(k.TellPrinted) == [k.TellPrinted("t-9f2c", state, "none")]
    kiosk.passes(BOUNDS.result_s + 5)
    assert kiosk.state.screen is Screen.RESULT


def test_a_slip_that_comes_out_late_is_told_again(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(PrintState.HELD, "paper_out")
    kiosk.prints(PrintState.PRINTED)
    assert kiosk.state.slip is PrintState.PRINTED
    assert [tell.state for tell in kiosk.wanted(k.TellPrinted)] == [PrintState.HELD, PrintState.PRINTED]  # type: ignore[union-attr]


def test_the_list_of_papers_is_printed_once_a_touch(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("card", "list", "list")
    (order,) = kiosk.wanted(k.PrintList)
    assert isinstance(order, k.PrintList)
    assert order.procedure == "1.001193"
    kiosk.happens(k.SlipDone(PrintResult(order.job, PrintState.PRINTED, Proof.FENCE)))
    assert kiosk.state.list_printed
    assert kiosk.wanted(k.TellPrinted) == []


# --- nobody there --------------------------------------------------------------------------------------


def test_a_printed_result_goes_home_after_its_seconds_and_a_touch_keeps_it(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(PrintState.PRINTED)
    kiosk.passes(10)
    assert seconds_left(kiosk.state, kiosk.now) == 5
    kiosk.tap("continue")
    assert seconds_left(kiosk.state, kiosk.now) == 15
    kiosk.passes(15)
    assert (kiosk.state.screen, kiosk.state.ticket) == (Screen.HOME, None)


def test_a_minute_without_touch_asks_and_twenty_seconds_later_everything_is_forgotten(kiosk: Kiosk) -> None:
    kiosk.tap("lang-en", "big", "contrast", "low")
    at_confirmation(kiosk)
    kiosk.passes(59)
    assert kiosk.state.asked_s is None
    kiosk.passes(1)
    assert seconds_left(kiosk.state, kiosk.now) == 20
    kiosk.passes(7)
    assert seconds_left(kiosk.state, kiosk.now) == 13
    kiosk.passes(13)
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.HOME, None)
    assert kiosk.state.access == Access("vi")


@pytest.mark.parametrize("target", ["continue", "take", "back"])
def test_any_touch_of_the_question_goes_on_where_one_was(kiosk: Kiosk, target: str) -> None:
    at_confirmation(kiosk)
    kiosk.passes(65)
    kiosk.tap(target)
    assert (kiosk.state.screen, kiosk.state.asked_s) == (Screen.CONFIRM, None)
    assert kiosk.issues() == []
    kiosk.passes(59)
    assert kiosk.state.asked_s is None


def test_the_home_key_of_the_question_goes_home(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    kiosk.passes(65)
    kiosk.tap("home")
    assert kiosk.state.screen is Screen.HOME


def test_a_changed_language_on_the_home_screen_is_reset_without_a_question(kiosk: Kiosk) -> None:
    kiosk.tap("lang-en")
    kiosk.passes(60)
    assert kiosk.state.access == Access("vi")
    assert kiosk.state.asked_s is None


# --- what the hall says --------------------------------------------------------------------------------


def test_an_older_picture_is_ignored_and_a_new_epoch_is_read_afresh(kiosk: Kiosk) -> None:
    newer = demo.board().model_copy(update={"rev": 5, "day": "newer"})
    kiosk.happens(k.BoardCame(newer), k.BoardCame(demo.board()))
    assert kiosk.state.board == newer
    other = demo.board().model_copy(update={"epoch": "other", "rev": 1})
    kiosk.happens(k.BoardCame(other))
    assert kiosk.state.board == newer, "whether there is such a server is asked first"
    assert kiosk.wanted(k.FetchPictures)
    kiosk.happens(k.BoardCame(other, asked_s=kiosk.now.mono_s))
    assert kiosk.state.board == other


def test_a_picture_far_ahead_is_checked_with_the_server_before_it_counts(kiosk: Kiosk) -> None:
    true, now_s = demo.office(), kiosk.now.mono_s
    kiosk.happens(k.OfficeCame(true, asked_s=now_s))
    forged = true.model_copy(update={"rev": 10**9, "services": []})
    kiosk.happens(k.OfficeCame(forged))
    assert (kiosk.state.office, len(kiosk.wanted(k.FetchPictures))) == (true, 1)
    kiosk.happens(k.OfficeCame(true, asked_s=now_s))
    assert kiosk.wanted(k.ReportForged) == [k.ReportForged(forged)]
    newer = true.model_copy(update={"rev": true.rev + 1})
    kiosk.happens(k.OfficeCame(newer))
    assert kiosk.state.office == newer


def test_ten_seconds_without_heartbeat_are_marked_and_healed_by_the_next(kiosk: Kiosk) -> None:
    kiosk.passes(STALE_S - 1, beats=False)
    assert not kiosk.state.stale
    kiosk.passes(1, beats=False)
    assert kiosk.state.stale
    kiosk.happens(BEAT)
    assert not kiosk.state.stale
    kiosk.happens(k.Beaten(ServerBeat(online=False, epoch="e7c1")))
    assert kiosk.state.stale


def said(second: float, *, kept: bool = False) -> k.Beaten:
    """A heartbeat that the server said when its own clock showed that."""
    return k.Beaten(ServerBeat(online=True, epoch="e7c1", up_ms=round(second * 1000)), kept=kept)


def test_heartbeats_that_the_network_held_up_and_brings_all_at_once_are_no_connection() -> None:
    kiosk = Kiosk()
    at_confirmation(kiosk).tap("take")
    kiosk.happens(said(500))
    kiosk.passes(STALE_S + 2, beats=False)
    lose_all(kiosk, beats=False)
    untold = k.TellPrinted("t-9f2c", PrintState.HELD, Proof.NONE)
    kiosk.state = replace(kiosk.state, untold=(untold,))
    kiosk.happens(*[said(kiosk.seconds - 500 - held_s) for held_s in (6, 3, 0)])
    assert (kiosk.state.stale, kiosk.state.trouble) == (True, Trouble.NETWORK)
    assert kiosk.wanted(k.TellPrinted) == []
    kiosk.passes(3, beats=False)
    kiosk.happens(said(kiosk.seconds - 500))
    assert (kiosk.state.stale, kiosk.state.trouble) == (False, Trouble.BACK)
    assert kiosk.wanted(k.TellPrinted) == [untold]


def test_a_heartbeat_that_the_broker_had_kept_is_no_connection() -> None:
    kiosk = Kiosk()
    kiosk.state = start(BOUNDS, kiosk.now, [left("t-1", PrintState.UNKNOWN)])
    kiosk.passes(STALE_S - 1, beats=False)
    kiosk.happens(said(500, kept=True))
    assert kiosk.wanted(k.TellPrinted) == []
    kiosk.passes(1, beats=False)
    assert kiosk.state.stale
    kiosk.happens(said(510))
    assert not kiosk.state.stale
    assert len(kiosk.wanted(k.TellPrinted)) == 1
    kiosk.state = replace(kiosk.state, untold=(k.TellPrinted("t-2", PrintState.HELD, Proof.NONE),))
    kiosk.happens(said(510, kept=True))
    assert len(kiosk.wanted(k.TellPrinted)) == 1, "of a server that lived a moment ago it is no news either"


@pytest.mark.parametrize("kept", [True, False])
def test_what_the_broker_had_kept_comes_in_as_kept(kept: bool) -> None:
    came: list[k.What] = []
    topics = Topics("office")
    heard(topics, "kiosk-1", topics.server, said(5).beat.model_dump_json().encode(), came.append, kept=kept)
    assert came == [said(5, kept=kept)]


def test_a_kiosk_that_was_just_switched_on_does_not_speak_of_a_lost_connection() -> None:
    kiosk = Kiosk()
    kiosk.state = start(BOUNDS, kiosk.now)
    kiosk.happens(k.Ticked(), k.OfficeCame(demo.office()), said(500, kept=True), k.Ticked())
    assert not kiosk.state.stale
    kiosk.passes(STALE_S, beats=False)
    assert kiosk.state.stale


def test_a_new_link_reads_the_pictures_again(kiosk: Kiosk) -> None:
    kiosk.happens(k.Linked(False))
    assert kiosk.done == []
    kiosk.happens(k.Linked(True))
    assert kiosk.done == [k.FetchPictures()]


def test_a_kiosk_that_knows_nothing_keeps_asking() -> None:
    now = Now(0, 0, 100.0)
    state = start(BOUNDS, now)
    asked = 0
    for second in range(20):
        state, effects = step(state, k.Ticked(), Now(0, 0, 100.0 + second))
        asked += effects.count(k.FetchPictures())
    assert asked == 5


def test_a_changed_catalogue_is_read_again(kiosk: Kiosk) -> None:
    changed = demo.office().model_copy(update={"rev": 2, "catalogue": "2"})
    kiosk.happens(k.OfficeCame(changed))
    assert kiosk.wanted(k.FetchCatalogue) == [k.FetchCatalogue("2")]


# --- help and jobs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "state"), [(True, HelpState.SENT), (False, HelpState.FAILED)])
def test_a_call_for_help_says_what_became_of_it(kiosk: Kiosk, told: bool, state: HelpState) -> None:
    kiosk.tap("help", "help")
    (asked,) = kiosk.wanted(k.AskHelp)
    assert isinstance(asked, k.AskHelp)
    kiosk.happens(k.HelpAnswered(asked.request_id, told=told))
    assert kiosk.state.help is state


def job(job_id: str, kind: str = "reprint") -> Job:
    about = {"ticket": demo.ticket(), "mark": "reprint" if kind == "reprint" else None}
    return Job.model_validate({"id": job_id, "kind": kind, "station": "kiosk-1", **about})


def fetched(effects: Iterable[k.Effect]) -> list[str]:
    return [effect.job for effect in effects if isinstance(effect, k.FetchJob)]


@pytest.mark.parametrize("changed", [{"open": False}, {"station": "kiosk-2"}])
def test_a_job_that_is_settled_or_another_stations_is_not_printed_whoever_lists_it(
    kiosk: Kiosk, changed: dict[str, object]
) -> None:
    kiosk.happens(k.WorkCame(("j1",)), k.JobCame(job("j1").model_copy(update=changed)))
    assert kiosk.wanted(k.Print) == []
    assert kiosk.state.jobs == ()


def test_jobs_are_done_one_by_one_and_never_printed_twice(kiosk: Kiosk) -> None:
    kiosk.happens(k.WorkCame(("j1", "j2")), k.WorkCame(("j1", "j2")))
    assert fetched(kiosk.done) == ["j1"]
    kiosk.happens(k.JobCame(job("j1")))
    kiosk.happens(k.SlipDone(PrintResult("work-j1", PrintState.PRINTED, Proof.FENCE)))
    assert fetched(kiosk.done) == ["j1", "j2"]
    assert kiosk.wanted(k.AnswerJob) == [k.AnswerJob("j1", PrintState.PRINTED, "fence")]
    kiosk.happens(k.WorkCame(("j1", "j2")))
    assert len(kiosk.wanted(k.AnswerJob)) == 2
    assert fetched(kiosk.done) == ["j1", "j2"]
    (slip,) = kiosk.wanted(k.Print)
    assert isinstance(slip, k.Print)
    assert (slip.job, slip.mark) == ("work-j1", "reprint")


def test_a_job_that_could_not_be_read_is_tried_again_later(kiosk: Kiosk) -> None:
    kiosk.happens(k.WorkCame(("j1",)), k.JobGone("j1", again=True))
    assert fetched(kiosk.done) == ["j1"]
    kiosk.passes(5)
    assert fetched(kiosk.done) == ["j1", "j1"]
    kiosk.happens(k.JobGone("j1", again=False))
    kiosk.passes(10)
    assert fetched(kiosk.done) == ["j1", "j1"]


def test_a_slip_of_a_job_does_not_touch_what_a_visitor_sees(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    kiosk.happens(k.WorkCame(("j1",)), k.JobCame(job("j1")))
    kiosk.happens(k.SlipDone(PrintResult("work-j1", PrintState.HELD, Proof.NONE, "paper_out")))
    assert (kiosk.state.screen, kiosk.state.ticket, kiosk.state.slip) == (Screen.CONFIRM, None, None)


def left(job: str, state: PrintState) -> Unconfirmed:
    return Unconfirmed(job, "A015", state, None, 0)


def test_what_nobody_proved_before_a_stop_is_told_again_and_not_printed_again(kiosk: Kiosk) -> None:
    before = [left("t-1", PrintState.UNKNOWN), left("t-2", PrintState.HELD), left("work-j1", PrintState.UNKNOWN)]
    kiosk.state = start(BOUNDS, kiosk.now, [*before, left("list-7", PrintState.UNKNOWN)])
    kiosk.happens(k.OfficeCame(demo.office()), k.WorkCame(("j1", "j2")))
    assert kiosk.wanted(k.TellPrinted) == []
    kiosk.happens(BEAT, BEAT)
    assert kiosk.wanted(k.TellPrinted) == [
        k.TellPrinted("t-1", PrintState.UNKNOWN, Proof.NONE),
        k.TellPrinted("t-2", PrintState.HELD, Proof.NONE),
    ]
    assert kiosk.wanted(k.AnswerJob) == [k.AnswerJob("j1", PrintState.UNKNOWN, Proof.NONE)]
    assert fetched(kiosk.done) == ["j2"]
    assert kiosk.wanted(k.Print) == []


def test_what_the_server_did_not_hear_is_said_when_it_is_back_but_not_over_later_news(kiosk: Kiosk) -> None:
    held = k.TellPrinted("t-9f2c", PrintState.HELD, Proof.NONE)
    kiosk.prints(PrintState.HELD, "paper_out")
    kiosk.happens(k.Untold(held), BEAT, BEAT)
    assert kiosk.wanted(k.TellPrinted) == [held, held]
    # Nobody heard that either; meanwhile it came out.
    kiosk.happens(k.Untold(held))
    kiosk.prints(PrintState.PRINTED)
    kiosk.happens(k.Untold(held), BEAT)
    assert [tell.state for tell in kiosk.wanted(k.TellPrinted)] == ["held", "held", "printed"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("roll", k.ChangeRoll("j1")),
        ("clear", k.ClearPrinter("j1")),
        ("seen", k.LookAfter("j1", demo.ticket())),
    ],
)
def test_what_staff_want_done_at_the_printer_is_done_and_answered(kiosk: Kiosk, kind: str, wanted: k.Effect) -> None:
    kiosk.happens(k.WorkCame(("j1", "j2")), k.JobCame(job("j1", kind)))
    assert kiosk.wanted(type(wanted)) == [wanted]
    assert kiosk.wanted(k.Print) == [] and fetched(kiosk.done) == ["j1"]
    kiosk.happens(k.JobDone("j1", k.DONE))
    assert kiosk.wanted(k.AnswerJob) == [k.AnswerJob("j1", "done", "none")]
    assert fetched(kiosk.done) == ["j1", "j2"]


# --- looking up ----------------------------------------------------------------------------------------


def test_letters_are_typed_erased_and_lead_to_a_card(kiosk: Kiosk) -> None:
    kiosk.tap("lookup", "key-k", "key-h", "key-space", "key-x", "key-erase")
    assert kiosk.state.query == "kh "
    kiosk.tap("key-clear")
    assert kiosk.state.query == ""
    kiosk.tap("procedure-1.001193")
    assert kiosk.state.screen is Screen.CARD
    kiosk.tap("take")
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.CONFIRM, "HT")


def test_a_procedure_of_elsewhere_has_a_card_and_no_number(kiosk: Kiosk) -> None:
    elsewhere = next(one for one in demo.catalogue().procedures if one.place)
    kiosk.tap("lookup", f"procedure-{elsewhere.code}")
    assert (kiosk.state.screen, kiosk.state.service) == (Screen.CARD, elsewhere.service)
