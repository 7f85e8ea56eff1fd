"""Replies are matched to slips only while in sync, and taken back when in doubt."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.ports import Proof
from hardware.printers import encode
from hardware.printers.answers.replies import BlockReply, ReplyParser, SensorReply
from hardware.printers.print_job import PrintJob
from hardware.printers.session.reply_matcher import FIRST_BURST, ReplyMatcher
from hardware.slips.slip import Slip

QUIET_S = 0.25
FENCE = SensorReply(0)


class Bench:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.matcher = ReplyMatcher(lambda: self.now_s, QUIET_S)

    def starts_sync(self, mark: bytes | None = None) -> int:
        """Start a synchronisation; return the number of fences in it."""
        return self.matcher.start_sync(mark).count(encode.FENCE)

    def answers(self, count: int = 1) -> None:
        for _ in range(count):
            self.matcher.receive(FENCE)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.matcher.finish_sync()

    def synced(self) -> "Bench":
        self.answers(self.starts_sync())
        self.passes(QUIET_S)
        assert self.matcher.in_sync
        return self

    def sends(self, job_id: str, process_id: bytes | None = None) -> PrintJob:
        job = PrintJob(job_id, Slip("A001"), lambda _result: None, process_id)
        self.matcher.add(job)
        return job


def test_replies_are_matched_by_order_once_the_synchronisation_is_over() -> None:
    bench = Bench().synced()
    first, second = bench.sends("t-1"), bench.sends("t-2")
    bench.answers()
    assert (first.proof, second.proof) == (Proof.FENCE, None)
    bench.answers()
    assert second.proof is Proof.FENCE and bench.matcher.proved == (first, second)


def test_replies_from_before_a_power_cycle_prove_nothing() -> None:
    bench = Bench()
    bench.answers(2)
    bench.starts_sync()
    bench.answers(FIRST_BURST - 1)
    job = bench.sends("t-1")
    bench.passes(QUIET_S)
    bench.answers(FIRST_BURST - 1)
    bench.passes(QUIET_S)
    assert job.proof is None and not bench.matcher.in_sync


def test_a_late_burst_is_not_taken_for_the_longer_one_after_it() -> None:
    """The worst order: late replies of the first burst, the slip's, the second burst's."""
    bench = Bench()
    first = bench.starts_sync()
    second = bench.starts_sync()
    assert second > first + 1
    bench.answers(first)
    bench.passes(QUIET_S * 10)
    assert not bench.matcher.in_sync
    bench.answers(1 + second)
    bench.passes(QUIET_S)
    assert bench.matcher.in_sync


def test_slips_sent_before_a_synchronisation_are_proved_by_it() -> None:
    bench = Bench().synced()
    job = bench.sends("t-1")
    bench.answers(bench.starts_sync())
    bench.passes(QUIET_S)
    assert job.proof is Proof.FENCE


def test_after_silence_only_its_own_process_id_proves_a_slip() -> None:
    bench = Bench().synced()
    nameless, named = bench.sends("t-1"), bench.sends("t-2", b"0042")
    bench.matcher.suspect_power_loss()
    bench.answers(bench.starts_sync())
    bench.passes(QUIET_S)
    assert nameless.proof is None and named.proof is None
    bench = Bench().synced()
    named = bench.sends("t-2", b"0042")
    bench.matcher.suspect_power_loss()
    bench.matcher.receive(BlockReply(b"\x37\x220042"))
    assert named.proof is Proof.PROCESS_ID


def test_a_reply_among_noise_is_taken_back_and_matched_anew() -> None:
    bench = Bench().synced()
    job = bench.sends("t-1")
    bench.answers()
    bench.matcher.distrust_last_replies()
    assert job.proof is None and bench.matcher.needs_sync and bench.matcher.pending == (job,)
    bench.answers()
    assert job.proof is None
    bench.answers(bench.starts_sync())
    bench.passes(QUIET_S)
    assert job.proof is Proof.FENCE and bench.matcher.proved == (job,)


def test_with_process_ids_one_id_synchronises() -> None:
    bench = Bench()
    assert bench.matcher.start_sync(b"!!!7") == encode.process_id(b"!!!7")
    bench.answers(5)
    assert not bench.matcher.in_sync
    bench.matcher.receive(BlockReply(b"\x37\x22!!!7"))
    assert bench.matcher.in_sync


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b"\x00"), st.just(b"\x37\x22!!!!\x00"))), st.booleans())
def test_no_bytes_prove_a_slip_out_of_sync_but_its_own_process_id(pieces: list[bytes], begun: bool) -> None:
    bench, responses = Bench(), ReplyParser()
    if begun:
        bench.starts_sync()
    job = bench.sends("t-1", b"\x7e\x7e\x7e\x7d")
    for piece in pieces:
        for reply in responses.feed(piece):
            if isinstance(reply, SensorReply | BlockReply):
                bench.matcher.receive(reply)
        bench.passes(QUIET_S)
    assert job.proof is None or b"~~~}" in b"".join(pieces)
