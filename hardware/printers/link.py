"""The link to one printer and what is known of its health: opened, asked, given up when it stays silent, and
opened again after growing pauses."""

import logging
from collections.abc import Callable

from hardware.ports import Health, State
from hardware.printers.answers import status
from hardware.printers.answers.responses import Block, Noise, Sensor
from hardware.printers.answers.status import Trouble
from hardware.printers.answers.stranger import Garbage, Heard, Stranger
from hardware.printers.conversation import Conversation
from hardware.printers.profile import Limits
from hardware.printers.transports.transport import Connect, Gone, LinkError

log = logging.getLogger(__name__)


class Link:
    """The printer's thread owns it; ``health`` may be read by any. ``over`` ends every wait."""

    def __init__(
        self,
        connect: Connect,
        mono_s: Callable[[], float],
        limits: Limits,
        over: Callable[[], bool],
        in_turn: Callable[[Sensor | Block | Noise], None],
    ) -> None:
        self._connect, self._mono_s, self._limits = connect, mono_s, limits
        self.over, self._in_turn = over, in_turn
        self._talk: Conversation | None = None
        self._stranger, self._garbage = Stranger(), Garbage()
        self._next_try_s, self._retry_s = 0.0, limits.retry_first_s
        self._answered_s = mono_s()
        self._why = ""
        self._silent_s: float | None = None
        self._strange = False

    @property
    def silent(self) -> bool:
        """Whether the last question was not answered cleanly."""
        return self._silent_s is not None

    @property
    def doubtful(self) -> bool:
        """Whether what was sent may be lost: something else was on the port, or it has been silent for so long that
        it may have been switched off and on."""
        if self._stranger.bytes_shown is not None:
            return True
        return self._silent_s is not None and self._mono_s() - self._silent_s >= self._limits.doubt_s

    @property
    def lossy(self) -> bool:
        """Whether an answer may be lost when the last question was not answered cleanly. Where nothing is lost but
        with the link, a printer that says nothing is only late: what it is asked waits behind a slip that is read
        slowly."""
        return self._strange or self._limits.outlives_power

    @property
    def is_open(self) -> bool:
        return self._talk is not None

    @property
    def due(self) -> bool:
        """Whether it is open, or time to try."""
        return self.is_open or self._mono_s() >= self._next_try_s

    @property
    def talk(self) -> Conversation:
        """What is open. Raises ``Gone`` when nothing is."""
        if self._talk is None:
            raise Gone("the link is closed")
        return self._talk

    @property
    def stopped(self) -> Trouble | None:
        """The trouble that keeps the printer from printing, as far as it said."""
        return self._talk.stopped if self._talk is not None else None

    @property
    def fit(self) -> bool:
        """It answers as a printer does, and nothing keeps it from printing."""
        well = self._talk is not None and self._talk.troubles is not None and self._talk.stopped is None
        return well and not self.silent and self._stranger.bytes_shown is None

    def open(self) -> None:
        """Raises ``CannotOpen``."""
        transport = self._connect()
        self._talk = Conversation(transport, self._mono_s, self.over, self._in_turn, self._garbage)
        self._answered_s, self._silent_s = self._mono_s(), None

    def ask(self) -> bool:
        """Whether it told its state cleanly. Raises ``Gone``, also when it has been silent for too long."""
        talk, begun_s = self.talk, self._mono_s()
        heard = talk.ask(self._limits.status_s)
        if self.over():
            return False
        self._stranger.judge(heard, talk.round)
        self._strange = heard is Heard.STRANGE
        if heard is Heard.CLEAN:
            self._answered_s, self._silent_s = self._mono_s(), None
            self._retry_s = self._limits.retry_first_s
        else:
            self.unanswered(begun_s)
        return not self.silent

    def unanswered(self, since_s: float) -> None:
        """Nothing came since. After long enough it is given up, but not a stranger, who is there, nor a printer that
        said why: many do not answer while their cover is open. Raises ``Gone``."""
        self._silent_s = since_s if self._silent_s is None else self._silent_s
        explained = self.stopped is not None or self._stranger.bytes_shown is not None
        if self._mono_s() - self._answered_s > self._limits.silent_s and not explained:
            raise Gone("no answer for too long")

    def lost(self, error: LinkError) -> None:
        """It broke or could not be opened: try again later, each time a little later."""
        log.debug("printer: %s", error)
        self._why = str(error)
        self._stranger.acquit()
        self.close()
        self._next_try_s = self._mono_s() + self._retry_s
        self._retry_s = min(self._retry_s * 2, self._limits.retry_longest_s)

    def close(self) -> None:
        if self._talk is not None:
            self._talk.close()
        self._talk = None

    def health(self, left_slips: int | None) -> Health:
        """What is known now."""
        if self._talk is None:
            return Health(State.OFFLINE, status.OFF, self._why, left_slips)
        if self._stranger.bytes_shown is not None:
            return Health(State.FAULT, status.WRONG, f"it sends {self._stranger.bytes_shown}", left_slips)
        if self.silent and self._talk.stopped is None:
            return Health(State.OFFLINE, status.SILENT, left_slips=left_slips)
        if self._talk.troubles is None:
            return Health(State.UNKNOWN, left_slips=left_slips)
        return status.health(self._talk.troubles, left_slips)
