"""Jobs of staff for the kiosk, and reports that are sent again."""

import pytest
from kiosk_bench import BEAT, SETTINGS, Kiosk, at_confirmation, fetched_jobs, job, unconfirmed

from hardware.ports import PrintResult, PrintState, Proof
from kiosk.flow import effects, events
from kiosk.flow.state import ScreenName
from kiosk.flow.step import start
from kiosk.subscriptions import event_of, topic_models
from server.wire.messages import WorkList
from server.wire.station.compose import decode
from server.wire.station.events import PictureReceived, ReceivedMessage
from server.wire.topics import Topics
from tools.pictures import kiosk as demo


def test_the_list_of_jobs_comes_in_from_this_stations_topic_only() -> None:
    topics, payload = (
        Topics("office"),
        WorkList(station="kiosk-1", epoch="e7c1", rev=1, jobs=["j1", "j2"]).model_dump_json().encode(),
    )
    content = decode(topics.work("kiosk-1"), payload, topic_models(topics, "kiosk-1"))
    assert content is not None
    assert event_of(ReceivedMessage(topics.work("kiosk-1"), content)) == events.JobsListed(("j1", "j2"))
    assert decode(topics.work("kiosk-2"), payload, topic_models(topics, "kiosk-1")) is None


@pytest.mark.parametrize("changed", [{"open": False}, {"station": "kiosk-2"}])
def test_a_job_that_is_settled_or_another_stations_is_not_printed(kiosk: Kiosk, changed: dict[str, object]) -> None:
    kiosk.happens(events.JobsListed(("j1",)), events.JobReceived(job("j1").model_copy(update=changed)))
    assert kiosk.wanted(effects.PrintSlip) == []
    assert kiosk.state.jobs.open == ()


def test_jobs_are_done_one_by_one_and_never_printed_twice(kiosk: Kiosk) -> None:
    kiosk.happens(events.JobsListed(("j1", "j2")), events.JobsListed(("j1", "j2")))
    assert fetched_jobs(kiosk.done) == ["j1"]
    kiosk.happens(events.JobReceived(job("j1")))
    kiosk.happens(events.PrintFinished(PrintResult("work-j1", PrintState.PRINTED, Proof.FENCE)))
    assert fetched_jobs(kiosk.done) == ["j1", "j2"]
    assert kiosk.wanted(effects.ReportJob) == [effects.ReportJob("j1", PrintState.PRINTED, "fence")]
    kiosk.happens(events.JobsListed(("j1", "j2")))
    assert len(kiosk.wanted(effects.ReportJob)) == 2
    assert fetched_jobs(kiosk.done) == ["j1", "j2"]
    (slip,) = kiosk.wanted(effects.PrintSlip)
    assert isinstance(slip, effects.PrintSlip)
    assert (slip.job, slip.origin) == ("work-j1", "reprint")


def test_a_job_that_could_not_be_read_is_tried_again_later(kiosk: Kiosk) -> None:
    kiosk.happens(events.JobsListed(("j1",)), events.JobUnavailable("j1", retry=True))
    assert fetched_jobs(kiosk.done) == ["j1"]
    kiosk.passes(5)
    assert fetched_jobs(kiosk.done) == ["j1", "j1"]
    kiosk.happens(events.JobUnavailable("j1", retry=False))
    kiosk.passes(10)
    assert fetched_jobs(kiosk.done) == ["j1", "j1"]


def test_a_slip_of_a_job_does_not_touch_what_a_visitor_sees(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    kiosk.happens(events.JobsListed(("j1",)), events.JobReceived(job("j1")))
    kiosk.happens(events.PrintFinished(PrintResult("work-j1", PrintState.HELD, Proof.NONE, "paper_out")))
    assert (kiosk.visit.screen, kiosk.visit.ticket, kiosk.visit.slip_state) == (ScreenName.CONFIRM, None, None)


def test_slips_unconfirmed_before_a_restart_are_reported_and_not_printed_again(kiosk: Kiosk) -> None:
    before = [
        unconfirmed("t-1", PrintState.UNKNOWN),
        unconfirmed("t-2", PrintState.HELD),
        unconfirmed("work-j1", PrintState.UNKNOWN),
    ]
    kiosk.state = start(SETTINGS, kiosk.now, [*before, unconfirmed("list-7", PrintState.UNKNOWN)])
    kiosk.happens(PictureReceived(demo.office()), events.JobsListed(("j1", "j2")))
    assert kiosk.wanted(effects.ReportPrint) == []
    kiosk.happens(BEAT, BEAT)
    assert kiosk.wanted(effects.ReportPrint) == [
        effects.ReportPrint("t-1", PrintState.UNKNOWN, Proof.NONE),
        effects.ReportPrint("t-2", PrintState.HELD, Proof.NONE),
    ]
    assert kiosk.wanted(effects.ReportJob) == [effects.ReportJob("j1", PrintState.UNKNOWN, Proof.NONE)]
    assert fetched_jobs(kiosk.done) == ["j2"]
    assert kiosk.wanted(effects.PrintSlip) == []


def test_an_unanswered_report_is_sent_again_unless_a_newer_one_exists(kiosk: Kiosk) -> None:
    held = effects.ReportPrint("t-9f2c", PrintState.HELD, Proof.NONE)
    kiosk.prints(PrintState.HELD, "paper_out")
    kiosk.happens(events.ReportFailed(held), BEAT, BEAT)
    assert kiosk.wanted(effects.ReportPrint) == [held, held]
    # That report was lost too; meanwhile the slip came out.
    kiosk.happens(events.ReportFailed(held))
    kiosk.prints(PrintState.PRINTED)
    kiosk.happens(events.ReportFailed(held), BEAT)
    assert [report.state for report in kiosk.wanted(effects.ReportPrint)] == ["held", "held", "printed"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("roll", effects.RecordNewRoll("j1")),
        ("clear", effects.ClearPrinter("j1")),
        ("seen", effects.DismissSlips("j1", demo.ticket())),
    ],
)
def test_a_job_without_paper_is_done_and_reported(kiosk: Kiosk, kind: str, wanted: effects.Effect) -> None:
    kiosk.happens(events.JobsListed(("j1", "j2")), events.JobReceived(job("j1", kind)))
    assert kiosk.wanted(type(wanted)) == [wanted]
    assert kiosk.wanted(effects.PrintSlip) == [] and fetched_jobs(kiosk.done) == ["j1"]
    kiosk.happens(events.JobFinished("j1", effects.DONE))
    assert kiosk.wanted(effects.ReportJob) == [effects.ReportJob("j1", "done", "none")]
    assert fetched_jobs(kiosk.done) == ["j1", "j2"]
