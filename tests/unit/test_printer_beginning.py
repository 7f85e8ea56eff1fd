"""How counting begins at a printer that answers, by a clock that is handed in."""

from pathlib import Path

from hardware.printers import encode
from hardware.printers.beginning import CUT_OFF, Beginning
from hardware.printers.journal import PrintJournal
from hardware.printers.link import Link
from hardware.printers.profile import Limits, Profile
from hardware.printers.turns import FENCES, MORE_FENCES, Turns

LIMITS = Limits()


class Well:
    """A link whose printer is well and answers at once; time passes while nothing comes. ``mute``: no fence.
    ``wants``: so many bytes of a picture are missing, and are taken from what it is sent next."""

    def __init__(self) -> None:
        self.now_s, self.told, self._answers, self.mute = 1000.0, bytearray(), bytearray(), False
        self.wants = 0

    def write(self, data: bytes, timeout_s: float) -> None:
        del timeout_s
        self.told += data
        if data.startswith(b"\x10\x04"):
            self._answers += b"\x12"
        else:
            taken = min(self.wants, len(data))
            self.wants -= taken
            if not self.mute:
                self._answers += b"\0" * data[taken:].count(encode.FENCE)

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = bytes(self._answers[:limit])
        del self._answers[:limit]
        self.now_s += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        return


class Bench:
    def __init__(
        self,
        folder: Path,
        *,
        known: bool = True,
        mute: bool = False,
        wants: int = 0,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
    ) -> None:
        """``known``: this station has printed before, and left nothing unclear."""
        self.well = Well()
        self.well.mute, self.well.wants = mute, wants
        if known:
            (folder / "journal").touch()
        journal = PrintJournal(folder / "journal", lambda: 0)
        self.turns = Turns(self._mono_s, LIMITS.status_s, fence=profile.fence)
        self.link = Link(lambda: self.well, self._mono_s, LIMITS, lambda: False, self.turns.answer)  # type: ignore[arg-type]
        self.beginning = Beginning(
            self.link, self.turns, journal, self._mono_s, head_bytes=48, profile=profile, limits=LIMITS
        )
        self.link.open()
        self.link.ask()
        self.beginning.greet()

    def _mono_s(self) -> float:
        return self.well.now_s

    @property
    def fences(self) -> int:
        return self.well.told.count(encode.FENCE)

    def sure(self) -> bool:
        return self.beginning.sure(0.0, self.link.ask)


def test_answers_that_came_while_nobody_listened_are_in_time(tmp_path: Path) -> None:
    """The printer's thread draws meanwhile, or this machine had no time for it."""
    bench = Bench(tmp_path)
    bench.well.now_s += LIMITS.fence_s * 2
    bench.link.ask()
    assert bench.sure()
    assert bench.fences == FENCES, "it was greeted once more though it had answered"


def test_answers_that_are_read_at_the_last_moment_are_in_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.well.now_s += LIMITS.fence_s - LIMITS.status_s / 8
    bench.link.ask()
    assert bench.sure()


def test_a_printer_that_answers_and_then_falls_silent_in_turn_is_asked_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.sure()
    bench.turns.new_link()
    bench.well.mute = True
    bench.beginning.wanted(half=False)
    bench.beginning.greet()
    begun_s = bench.well.now_s
    assert not bench.sure()
    assert LIMITS.fence_s <= bench.well.now_s - begun_s <= LIMITS.fence_s + 2 * LIMITS.status_s
    before = bench.fences
    bench.beginning.again()
    assert bench.fences - before == FENCES + MORE_FENCES


ZEROS = bytes(1_000)
HALF_PICTURE = 48 * LIMITS.fragment_rows - 7


def test_a_printer_of_unknown_history_that_answers_is_sent_no_zeros(tmp_path: Path) -> None:
    bench = Bench(tmp_path, known=False)
    assert bench.sure()
    bench.well.now_s += 60
    bench.link.ask()
    bench.beginning.again()
    assert ZEROS not in bench.well.told and len(bench.well.told) < 100


def test_only_silence_is_followed_by_zeros_and_no_slip_is_sent_before_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, known=False, wants=HALF_PICTURE)
    assert ZEROS not in bench.well.told
    begun_s = bench.well.now_s
    assert bench.sure() and bench.turns.sure
    assert bench.well.told.count(encode.heal(48)) == 1
    assert bench.well.now_s - begun_s < LIMITS.fence_s, "it waited as long as for a slip"


def test_zeros_are_sent_once_to_a_printer_that_never_answers_in_turn(tmp_path: Path) -> None:
    bench = Bench(tmp_path, known=False, mute=True)
    for _ in range(3):
        assert bench.sure(), "what never answers in turn is printed on all the same"
    bench.beginning.again()
    assert bench.well.told.count(encode.heal(48)) == 1


def test_where_no_question_can_tell_zeros_are_sent_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, known=False, profile=Profile(fence=False))
    assert bench.well.told.count(encode.heal(48)) == 1


def test_what_a_broken_link_left_half_printed_is_ended_and_cut_off_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.sure()
    bench.beginning.wanted(half=True)
    bench.beginning.greet()
    assert encode.heal(48) + CUT_OFF in bench.well.told
