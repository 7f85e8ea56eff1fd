"""A kiosk's flow, driven by events and by a clock that the test advances."""

from collections.abc import Iterable

from config.clock import Now
from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Proof, Unconfirmed
from kiosk.control_port import tap_by_name
from kiosk.flow import effects, events
from kiosk.flow.state import FlowSettings, KioskState, ScreenName, Visit
from kiosk.flow.step import start, step
from server.wire.messages import Job, Problem, ProblemCode, ServerBeat
from server.wire.station.events import HeartbeatReceived, PictureReceived, Tick
from tools.pictures import kiosk as demo

SETTINGS = FlowSettings("kiosk-1", idle_s=60, ask_s=20, result_s=15)
NO_PAPER = DeviceHealth(HealthState.FAULT, "paper_out")
READY = DeviceHealth(HealthState.READY)
BEAT = HeartbeatReceived(ServerBeat(online=True, epoch="e7c1"))


class Kiosk:
    """Passes events to the kiosk's flow, and records the effects in ``done``."""

    def __init__(self, settings: FlowSettings = SETTINGS) -> None:
        self.seconds, self.taps = 1000.0, 0
        self.done: list[effects.Effect] = []
        self.state: KioskState = start(settings, self.now)
        self.happens(PictureReceived(demo.office()), PictureReceived(demo.board()))
        self.happens(events.CatalogueReceived(demo.catalogue(), "1"), BEAT)
        self.happens(events.PrinterHealthRead(READY))
        self.done.clear()

    @property
    def now(self) -> Now:
        return Now(demo.NOW.wall_ms + round(self.seconds * 1000), round(self.seconds * 1000), self.seconds)

    @property
    def visit(self) -> Visit:
        return self.state.visit

    def happens(self, *several: events.Event) -> None:
        for event in several:
            self.state, wanted = step(self.state, event, self.now)
            self.done += wanted

    def tap(self, *names: str) -> None:
        """Tap targets by their names on the control port."""
        for name in names:
            tap = tap_by_name(name)
            assert tap is not None, name
            self.taps += 1
            self.happens(events.Touched(tap, request(self.taps)))

    def passes(self, seconds: float, *, beats: bool = True) -> None:
        """Advance the clock, with a tick each second, and with a heartbeat if ``beats``."""
        for _ in range(round(seconds)):
            self.seconds += 1
            if beats:
                self.happens(BEAT)
            self.happens(Tick())

    def wanted(self, kind: type[effects.Effect]) -> list[effects.Effect]:
        return [effect for effect in self.done if isinstance(effect, kind)]

    def issues(self) -> list[effects.RequestTicket]:
        """Return the requests for a number."""
        return [effect for effect in self.done if isinstance(effect, effects.RequestTicket)]

    def gets_its_number(self) -> None:
        ask = self.issues()[-1].request
        self.happens(events.TicketReceived(ask.request_id, demo.ticket()))

    def prints(self, state: PrintState, code: str | None = None) -> None:
        self.happens(events.PrintFinished(PrintResult("t-9f2c", state, Proof.NONE, code)))


def request(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def problem(code: ProblemCode) -> Problem:
    return Problem(title="", status=409, code=code, detail="")


def at_confirmation(kiosk: Kiosk) -> Kiosk:
    kiosk.tap("take", "service-HT", "procedure-1.001193")
    assert kiosk.visit.screen is ScreenName.CONFIRM
    return kiosk


def lose_all(kiosk: Kiosk, *, beats: bool) -> None:
    """Leave every try of a request unanswered, until the kiosk gives up."""
    lost = 0
    for _ in range(60):
        if len(kiosk.issues()) > lost:
            lost += 1
            kiosk.happens(events.IssueUnanswered(kiosk.issues()[-1].request.request_id))
        if kiosk.visit.screen is not ScreenName.WORKING:
            return
        kiosk.passes(1, beats=beats)


def heartbeat_at(second: float, *, retained: bool = False) -> HeartbeatReceived:
    """Return a heartbeat that the server sent at this second of its own clock."""
    return HeartbeatReceived(ServerBeat(online=True, epoch="e7c1", up_ms=round(second * 1000)), retained=retained)


def job(job_id: str, kind: str = "reprint") -> Job:
    about = {"ticket": demo.ticket(), "mark": "reprint" if kind == "reprint" else None}
    return Job.model_validate({"id": job_id, "kind": kind, "station": "kiosk-1", **about})


def fetched_jobs(wanted: Iterable[effects.Effect]) -> list[str]:
    return [effect.job for effect in wanted if isinstance(effect, effects.FetchJob)]


def unconfirmed(job: str, state: PrintState) -> Unconfirmed:
    return Unconfirmed(job, "A015", state, None, 0)
