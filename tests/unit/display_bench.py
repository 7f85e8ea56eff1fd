"""A display's flow, driven by events and by a clock that the test advances."""

from config.clock import Now
from config.words import words
from display.flow.announcer import Announcer, AnnouncerSettings
from display.flow.effects import AcknowledgeCall, Effect
from display.flow.events import Event
from display.flow.state import DisplayState
from display.flow.step import next_wake_s, step
from display.screens.view import DisplayView, view_of
from server.display_content.speech.packs import SHIPPED
from server.wire.messages import Board, Office, ServerBeat, to_time
from server.wire.station.effects import Fetch
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PicturesFetched, Tick
from server.wire.voice import VoicePack
from support.board_pictures import START_MS, board, call, office

PACK = VoicePack.model_validate_json((SHIPPED / "vi" / "manifest.json").read_bytes())
A15, B22, C8 = call(1, "A015", "c2"), call(2, "B022", "c3"), call(3, "C008", "c5", priority=True)


class DisplayBench:
    """A display without devices or network: takes events and collects the effects."""

    def __init__(
        self, *, pack: VoicePack | None = None, spoken_ids: tuple[str, ...] | None = (), voice: bool = False
    ) -> None:
        self.now = Now(START_MS, 0, 100.0)
        self.state = DisplayState("tv-1", Announcer(AnnouncerSettings(pack), spoken_ids), 100.0, has_voice=voice)
        self.done: list[Effect] = []

    def happens(self, event: Event) -> None:
        self.state, effects = step(self.state, event, self.now)
        self.done += effects

    def start(self, first: Board | None = None, of: Office | None = None) -> "DisplayBench":
        """Connect, and receive the first pictures."""
        self.happens(BrokerConnectionChanged(True))
        self.happens(PicturesFetched((of or office(), first or board(1))))
        self.done.clear()
        return self

    def passes(self, seconds: float, *, beat: bool = True) -> None:
        """Let time pass; the station wakes when it asked to.

        ``beat``: the server sends heartbeats.
        """
        end = self.now.mono_s + seconds
        while self.now.mono_s < end:
            at = min(end, max(next_wake_s(self.state, self.now), self.now.mono_s + 0.001), self.now.mono_s + 3.0)
            self.now = Now(self.now.wall_ms + round((at - self.now.mono_s) * 1000), 0, at)
            if beat and self.state.board is not None:
                self.happens(
                    HeartbeatReceived(
                        ServerBeat(online=True, epoch=self.state.board.epoch, at=to_time(self.now.wall_ms))
                    )
                )
            self.happens(Tick())

    def view(self, language: str = "vi") -> DisplayView:
        return view_of(self.state, words(language), self.now, lines_per_page=7)

    @property
    def acks(self) -> list[tuple[str, str | None]]:
        return [(effect.call, effect.spoken) for effect in self.done if isinstance(effect, AcknowledgeCall)]

    def fetches(self) -> int:
        return sum(isinstance(effect, Fetch) for effect in self.done)


def called_on_panel(tv: DisplayBench) -> tuple[str, str] | None:
    """Return the number and the counter on the call panel."""
    panel = tv.view().call_panel
    return None if panel is None else (panel.number, panel.counter)
