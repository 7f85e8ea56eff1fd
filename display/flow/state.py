"""The state of a hall display."""

from dataclasses import dataclass, field

from config.clock import Now
from display.flow.announcer import Announcer, SpokenResult
from display.flow.effects import Effects
from hardware.ports import DeviceHealth
from server.wire.messages import Board, Call, Office
from server.wire.station.liveness import ServerLiveness
from server.wire.station.logo import StationLogo
from server.wire.station.newest import Trust

STARTING_S = 10.0
"""How long after its start the display says "starting" before it says that no data were received."""


@dataclass(frozen=True, slots=True)
class DisplayState:
    """The whole display. Moments ending in ``_s`` are monotonic, those ending in ``_ms`` by the wall clock.

    ``board_trust`` and ``office_trust``: whether the current picture is the server's own, or must be checked with it.
    ``fetching``: a ``Fetch`` is pending; the next one is due at ``retry_at_s``, None: none is. ``last_check_at_s``:
    when doubted pictures were last checked with the server. ``liveness``: whether the server of ``board`` is alive;
    ``last_proof_at_ms``: when it last proved that; None: never. ``seen_call_ids``: calls that were on an earlier board.
    ``call_panel``: calls to show large; the first one has been on the screen since ``panel_since_s``. ``shown_calls``:
    ids of calls with the moments (ms) at which they were shown; ``outcomes``: with the results of speaking them.
    ``has_voice``: this display speaks. ``speaker``: the health of its speaker; None before it was first read.
    ``missing_clips``: clips that its voice pack lacks. ``speed``: the wall clock's, as a multiple of real time.
    ``logo``: the office's, as it was fetched last.
    """

    station: str
    announcer: Announcer
    started_at_s: float
    board: Board | None = None
    office: Office | None = None
    board_trust: Trust[Board] = field(default_factory=Trust)
    office_trust: Trust[Office] = field(default_factory=Trust)
    fetching: bool = False
    last_check_at_s: float = float("-inf")
    retry_at_s: float | None = None
    liveness: ServerLiveness = field(default_factory=ServerLiveness)
    last_proof_at_ms: int | None = None
    seen_call_ids: tuple[str, ...] = ()
    call_panel: tuple[Call, ...] = ()
    panel_since_s: float = 0.0
    shown_calls: tuple[tuple[str, int], ...] = ()
    outcomes: tuple[tuple[str, SpokenResult], ...] = ()
    has_voice: bool = True
    speaker: DeviceHealth | None = None
    missing_clips: tuple[str, ...] = ()
    speed: float = 1.0
    logo: StationLogo = field(default_factory=StationLogo)

    @property
    def zone(self) -> str:
        """The hall's time zone."""
        return self.office.zone if self.office is not None else self.announcer.zone

    @property
    def needs_check(self) -> bool:
        """Return whether the server must be asked about a picture."""
        return self.board_trust.needs_check or self.office_trust.needs_check


Step = tuple[DisplayState, Effects]
"""The next state, and the effects to carry out."""


def is_stale(state: DisplayState, now: Now) -> bool:
    """Return whether heartbeats no longer prove that the server of the board is alive."""
    return not state.liveness.is_alive(now.mono_s)
