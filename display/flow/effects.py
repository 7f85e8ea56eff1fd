"""Effects of a hall display."""

from dataclasses import dataclass

from display.flow.announcer import SaveSpokenIds, Speak, SpokenResult, StopSpeaking
from server.wire.messages import Board, Office
from server.wire.station.effects import Fetch, FetchLogo, LogForgedPicture, Report


@dataclass(frozen=True, slots=True)
class AcknowledgeCall:
    """Report to the server that a call was shown. ``call``: its id. ``spoken`` None: not yet known.

    ``shown_at_ms``: when it appeared on the screen, by the wall clock (UTC ms).
    """

    call: str
    shown_at_ms: int
    spoken: SpokenResult | None


@dataclass(frozen=True, slots=True)
class MissingClips:
    """Log that the voice pack lacks clips that this hall will need."""

    clips: tuple[str, ...]


Effect = (
    Fetch
    | FetchLogo
    | LogForgedPicture[Board | Office]
    | AcknowledgeCall
    | Report
    | MissingClips
    | Speak
    | StopSpeaking
    | SaveSpokenIds
)
Effects = tuple[Effect, ...]
