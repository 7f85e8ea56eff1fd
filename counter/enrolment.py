"""Show the code of a counter station or node on its signs, and log it."""

import itertools
import logging
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence

from config.words import LANGUAGES, words
from hardware.ports import Sign, SignFace
from server.wire.enrolment import CODE_GROUP
from server.wire.station.enrol.link import EnrolledStation, EnrolmentRun
from server.wire.station.enrol.state import EnrolmentState, advice, title

log = logging.getLogger(__name__)

GROUP_S = 2.0
"""How long each group of the code stays on a sign."""
DASHES, DARK = SignFace(None, paused=True), SignFace(None)


def enrol_at_signs(
    run: EnrolmentRun, signs: Sequence[Sign], digits: Iterable[int | None], *, without_zeros: bool = False
) -> EnrolledStation | None:
    """Log each stage and show its code; return the enrolled station, None to end.

    A sign shows the groups of a code one after the other with dashes before the first, and dashes without a code.
    ``digits``: how many digits each sign shows at once, where that is known. ``without_zeros``: one sign
    shows no zeros before a number.
    """
    stage = StageOnSigns(signs, group_length(digits), without_zeros=without_zeros)
    results = queue.SimpleQueue[EnrolledStation | None]()
    ended = threading.Event()

    def enrol() -> None:
        try:
            results.put(run.run(stage.change))
        finally:
            ended.set()

    thread = threading.Thread(target=enrol, name="enrolment")
    thread.start()
    run.notifier.ready("waiting for enrolment")
    while not ended.wait(run.notifier.limit_wait(GROUP_S)):
        stage.show_next()
        run.notifier.alive()
    thread.join()
    return None if results.empty() else results.get()


class StageOnSigns:
    """The stage that the signs show. ``change`` is called with each new one."""

    def __init__(self, signs: Sequence[Sign], group: int = CODE_GROUP, *, without_zeros: bool = False) -> None:
        self._signs, self._group, self._without_zeros = signs, group, without_zeros
        self._faces: Iterator[SignFace] = itertools.repeat(DASHES)
        self._lock = threading.Lock()

    def change(self, state: EnrolmentState) -> None:
        """Log a stage and show it from now on."""
        texts = [words(language) for language in LANGUAGES]
        number = "" if state.shown_code is None else f" {state.shown_code}"
        heading = " / ".join(title(state, translations) for translations in texts)
        log.warning("%s:%s %s", heading, number, " ".join(advice(state, translations) for translations in texts))
        with self._lock:
            self._faces = itertools.cycle(faces(state.code, self._group, without_zeros=self._without_zeros))

    def show_next(self) -> None:
        """Show the next face of the stage."""
        with self._lock:
            face = next(self._faces)
        for sign in self._signs:
            sign.show(face)


def group_length(digits: Iterable[int | None]) -> int:
    """Return the length of a code's groups that each sign can show."""
    return max(1, min([CODE_GROUP, *(width for width in digits if width is not None)]))


def faces(code: str | None, group: int = CODE_GROUP, *, without_zeros: bool = False) -> Sequence[SignFace]:
    """Return the faces of a sign, in turn: dashes mark the beginning of the code.

    ``group``: the most digits that the sign shows at once. ``without_zeros``: it shows "0380" as "380", so a zero
    stands alone where a group would begin with it. Between equal groups the sign is dark for a moment.
    """
    if code is None:
        return (DASHES,)
    shown, start = [DASHES], 0
    while start < len(code):
        end = start + (1 if without_zeros and code[start] == "0" else group)
        face, start = SignFace(code[start:end]), end
        shown += [DARK, face] if face == shown[-1] else [face]
    return shown
