"""The handshake with a printer that replies, by a clock that the test turns."""

from pathlib import Path

from printer_bench import context_of

from hardware.printers import encode
from hardware.printers.journal import PrintJournal
from hardware.printers.profile import PrinterLimits, Profile
from hardware.printers.session.handshake import CUT_HERE, PrinterHandshake
from hardware.printers.session.link import PrinterLink
from hardware.printers.session.reply_matcher import BURST_GROWTH, FIRST_BURST, ReplyMatcher

LIMITS = PrinterLimits()


class ReadyPrinter:
    """A link whose printer is ready and replies at once; time passes while nothing comes. ``mute``: no fence.
    ``wants``: it lacks so many bytes of a picture, and takes them from the next data."""

    def __init__(self) -> None:
        self.now_s, self.received, self._replies, self.mute = 1000.0, bytearray(), bytearray(), False
        self.wants = 0

    def write(self, data: bytes, timeout_s: float) -> None:
        del timeout_s
        self.received += data
        if data.startswith(b"\x10\x04"):
            self._replies += b"\x12"
        else:
            taken = min(self.wants, len(data))
            self.wants -= taken
            if not self.mute:
                self._replies += b"\0" * data[taken:].count(encode.FENCE)

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = bytes(self._replies[:limit])
        del self._replies[:limit]
        self.now_s += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        return


class Bench:
    def __init__(
        self,
        folder: Path,
        *,
        settled: bool = True,
        mute: bool = False,
        wants: int = 0,
        profile: Profile = Profile(),  # noqa: B008 (frozen)
    ) -> None:
        """``settled``: this station has printed before, and left nothing unclear."""
        self.printer = ReadyPrinter()
        self.printer.mute, self.printer.wants = mute, wants
        if settled:
            (folder / "journal").touch()
        context = context_of(PrintJournal(folder / "journal", lambda: 0), self._mono_s, profile=profile, limits=LIMITS)
        self.matcher = ReplyMatcher(self._mono_s, LIMITS.status_s, fence=profile.fence)
        self.link = PrinterLink(context, lambda: self.printer, self.matcher.receive)  # type: ignore[arg-type]
        self.handshake = PrinterHandshake(context, self.link, self.matcher)
        self.link.open()
        self.link.status_round()
        self.handshake.initialise()

    def _mono_s(self) -> float:
        return self.printer.now_s

    @property
    def fences(self) -> int:
        return self.printer.received.count(encode.FENCE)

    def synced(self) -> bool:
        return self.handshake.wait_for_sync(0.0, self.link.status_round)


def test_replies_received_while_the_driver_did_not_read_are_in_time(tmp_path: Path) -> None:
    """The printer's thread draws meanwhile, or this machine had no time for it."""
    bench = Bench(tmp_path)
    bench.printer.now_s += LIMITS.fence_s * 2
    bench.link.status_round()
    assert bench.synced()
    assert bench.fences == FIRST_BURST, "it was greeted once more though it had answered"


def test_replies_read_at_the_last_moment_are_in_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.printer.now_s += LIMITS.fence_s - LIMITS.status_s / 8
    bench.link.status_round()
    assert bench.synced()


def test_a_printer_that_stops_sending_queued_replies_gets_a_longer_burst(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.synced()
    bench.matcher.reset()
    bench.printer.mute = True
    bench.handshake.request_initialisation(interrupted=False)
    bench.handshake.initialise()
    begun_s = bench.printer.now_s
    assert not bench.synced()
    assert LIMITS.fence_s <= bench.printer.now_s - begun_s <= LIMITS.fence_s + 2 * LIMITS.status_s
    before = bench.fences
    bench.handshake.resynchronise()
    assert bench.fences - before == FIRST_BURST + BURST_GROWTH


ZEROS = bytes(1_000)
HALF_PICTURE = 48 * LIMITS.fragment_rows - 7


def test_a_printer_of_unknown_history_that_replies_is_sent_no_zeros(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settled=False)
    assert bench.synced()
    bench.printer.now_s += 60
    bench.link.status_round()
    bench.handshake.resynchronise()
    assert ZEROS not in bench.printer.received and len(bench.printer.received) < 100


def test_only_silence_is_followed_by_zeros_and_no_slip_is_sent_before_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settled=False, wants=HALF_PICTURE)
    assert ZEROS not in bench.printer.received
    begun_s = bench.printer.now_s
    assert bench.synced() and bench.matcher.in_sync
    assert bench.printer.received.count(encode.resync(48)) == 1
    assert bench.printer.now_s - begun_s < LIMITS.fence_s, "it waited as long as for a slip"


def test_zeros_are_sent_once_to_a_printer_without_queued_replies(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settled=False, mute=True)
    for _ in range(3):
        assert bench.synced(), "what never answers in turn is printed on all the same"
    bench.handshake.resynchronise()
    assert bench.printer.received.count(encode.resync(48)) == 1


def test_without_a_possible_synchronisation_zeros_are_sent_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, settled=False, profile=Profile(fence=False))
    assert bench.printer.received.count(encode.resync(48)) == 1


def test_a_slip_left_half_printed_by_a_broken_link_is_terminated_and_cut_off_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.synced()
    bench.handshake.request_initialisation(interrupted=True)
    bench.handshake.initialise()
    assert encode.resync(48) + CUT_HERE in bench.printer.received
