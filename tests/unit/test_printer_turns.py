"""Whose answer it is: counted only when it is sure, taken back when it is in doubt."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.ports import Proof
from hardware.printers import encode
from hardware.printers.answers.responses import Block, Responses, Sensor
from hardware.printers.turns import FENCES, Order, Turns
from hardware.slip import Slip

QUIET_S = 0.25
FENCE = Sensor(0)


class Bench:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.turns = Turns(lambda: self.now_s, QUIET_S)

    def begins(self, mark: bytes | None = None) -> int:
        """How many fences it asked for."""
        return self.turns.begin(mark).count(encode.FENCE)

    def answers(self, count: int = 1) -> None:
        for _ in range(count):
            self.turns.answer(FENCE)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.turns.settle()

    def sure(self) -> "Bench":
        self.answers(self.begins())
        self.passes(QUIET_S)
        assert self.turns.sure
        return self

    def sends(self, job: str, mark: bytes | None = None) -> Order:
        order = Order(job, Slip("A001"), lambda _result: None, mark)
        self.turns.sent(order)
        return order


def test_answers_are_counted_in_order_once_the_beginning_is_answered_and_over() -> None:
    bench = Bench().sure()
    one, two = bench.sends("t-1"), bench.sends("t-2")
    bench.answers()
    assert (one.proof, two.proof) == (Proof.FENCE, None)
    bench.answers()
    assert two.proof is Proof.FENCE and bench.turns.came() == (one, two)


def test_answers_of_an_earlier_life_prove_nothing() -> None:
    bench = Bench()
    bench.answers(2)
    bench.begins()
    bench.answers(FENCES - 1)
    order = bench.sends("t-1")
    bench.passes(QUIET_S)
    bench.answers(FENCES - 1)
    bench.passes(QUIET_S)
    assert order.proof is None and not bench.turns.sure


def test_a_late_burst_is_not_taken_for_the_longer_one_after_it() -> None:
    """The worst of orders: the first burst comes late, then what it was for prints, then the second burst."""
    bench = Bench()
    first = bench.begins()
    second = bench.begins()
    assert second > first + 1
    bench.answers(first)
    bench.passes(QUIET_S * 10)
    assert not bench.turns.sure
    bench.answers(1 + second)
    bench.passes(QUIET_S)
    assert bench.turns.sure


def test_what_was_sent_before_a_beginning_is_done_when_that_is_answered() -> None:
    bench = Bench().sure()
    order = bench.sends("t-1")
    bench.answers(bench.begins())
    bench.passes(QUIET_S)
    assert order.proof is Proof.FENCE


def test_after_silence_only_its_own_name_proves_a_slip() -> None:
    bench = Bench().sure()
    nameless, named = bench.sends("t-1"), bench.sends("t-2", b"0042")
    bench.turns.doubt()
    bench.answers(bench.begins())
    bench.passes(QUIET_S)
    assert nameless.proof is None and named.proof is None
    bench = Bench().sure()
    named = bench.sends("t-2", b"0042")
    bench.turns.doubt()
    bench.turns.answer(Block(b"\x37\x220042"))
    assert named.proof is Proof.PROCESS_ID


def test_an_answer_among_noise_is_taken_back_and_counted_anew() -> None:
    bench = Bench().sure()
    order = bench.sends("t-1")
    bench.answers()
    bench.turns.disturb()
    assert order.proof is None and bench.turns.disturbed and bench.turns.waiting == (order,)
    bench.answers()
    assert order.proof is None
    bench.answers(bench.begins())
    bench.passes(QUIET_S)
    assert order.proof is Proof.FENCE and bench.turns.came() == (order,)


def test_where_the_printer_knows_names_one_name_is_the_beginning() -> None:
    bench = Bench()
    assert bench.turns.begin(b"!!!7") == encode.process_id(b"!!!7")
    bench.answers(5)
    assert not bench.turns.sure
    bench.turns.answer(Block(b"\x37\x22!!!7"))
    assert bench.turns.sure


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b"\x00"), st.just(b"\x37\x22!!!!\x00"))), st.booleans())
def test_whatever_bytes_come_a_slip_whose_name_was_not_sent_back_is_not_proved_before_counting(
    pieces: list[bytes], begun: bool
) -> None:
    bench, responses = Bench(), Responses()
    if begun:
        bench.begins()
    order = bench.sends("t-1", b"\x7e\x7e\x7e\x7d")
    for piece in pieces:
        for reply in responses.feed(piece):
            if isinstance(reply, Sensor | Block):
                bench.turns.answer(reply)
        bench.passes(QUIET_S)
    assert order.proof is None or b"~~~}" in b"".join(pieces)
