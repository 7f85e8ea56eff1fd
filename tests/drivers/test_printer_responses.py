"""The one reader of what a printer says."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hardware.printers.answers.responses import Automatic, Block, Flow, Noise, RealTime, Reply, Responses, Sensor

HEALTHY = bytes((0x10, 0x00, 0x00, 0x0F))
KNOWN: list[tuple[bytes, Reply]] = [
    (b"\x12", RealTime(0x12)),
    (b"\x1a", RealTime(0x1A)),
    (b"\x16", RealTime(0x16)),
    (b"\x7e", RealTime(0x7E)),
    (b"\x00", Sensor(0x00)),
    (b"\x0f", Sensor(0x0F)),
    (HEALTHY, Automatic((0x10, 0x00, 0x00, 0x0F))),
    (bytes((0x38, 0x00, 0x0F, 0x0F)), Automatic((0x38, 0x00, 0x0F, 0x0F))),
    (b"\x37\x220042\x00", Block(b"\x37\x220042")),
    (b"\x5fTM-T88V\x00", Block(b"\x5fTM-T88V")),
    (b"\x11", Flow(go=True)),
    (b"\x13", Flow(go=False)),
]


def read(data: bytes, *, at_once: bool = True) -> list[Reply]:
    responses = Responses()
    pieces = [data] if at_once else [bytes([byte]) for byte in data]
    return [reply for piece in pieces for reply in responses.feed(piece)]


def test_every_kind_of_answer_is_told_apart_by_its_fixed_bits() -> None:
    for data, reply in KNOWN:
        assert read(data) == [reply], data


@given(st.lists(st.sampled_from(KNOWN), max_size=30), st.booleans())
def test_answers_one_after_another_come_out_in_order_in_pieces_of_any_size(
    answers: list[tuple[bytes, Reply]], at_once: bool
) -> None:
    data = b"".join(data for data, _ in answers)
    assert read(data, at_once=at_once) == [reply for _, reply in answers]


def test_a_real_time_answer_inside_an_automatic_status_spoils_neither() -> None:
    for at in (1, 2, 3):
        data = HEALTHY[:at] + b"\x7e" + HEALTHY[at:]
        assert read(data) == [RealTime(0x7E), Automatic((0x10, 0x00, 0x00, 0x0F))]


def test_flow_control_inside_a_block_is_not_part_of_it() -> None:
    assert read(b"\x37\x22\x1300\x1142\x00") == [Flow(go=False), Flow(go=True), Block(b"\x37\x220042")]


def test_digits_of_a_process_id_are_not_taken_for_status() -> None:
    # 32h and 36h have the bits of an answer to DLE EOT.
    assert read(b"\x37\x222626\x00") == [Block(b"\x37\x222626")]
    assert Block(b"\x37\x222626").process_id == b"2626"
    assert Block(b"\x5fTM-T88").process_id is None


def test_an_automatic_status_that_breaks_off_loses_only_itself() -> None:
    assert read(b"\x10\x00" + HEALTHY) == [Noise(b"\x10\x00"), Automatic((0x10, 0x00, 0x00, 0x0F))]


@given(st.binary(max_size=300))
def test_garbage_never_stops_the_reader(garbage: bytes) -> None:
    responses = Responses()
    list(responses.feed(garbage))
    # NUL ends a block, an answer to DLE EOT below 20h is read inside anything.
    assert RealTime(0x12) in list(responses.feed(b"\x12"))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=12))
def test_whatever_comes_it_is_read_alike_wherever_it_is_split(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    responses = Responses()
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert [reply for piece in pieces for reply in responses.feed(piece)] == read(data)


@given(st.binary(max_size=200))
def test_no_byte_is_read_twice_and_none_is_made_up(data: bytes) -> None:
    """What is read, put together again, is what came, but for what the last status or block still lacks."""
    out = bytearray()
    for reply in read(data):
        match reply:
            case RealTime(bits) | Sensor(bits):
                out.append(bits)
            case Automatic(bits):
                out += bytes(bits)
            case Block(block):
                out += block + b"\0"
            case Noise(noise):
                out += noise
            case Flow(go):
                out.append(0x11 if go else 0x13)
    assert not Counter(out) - Counter(data)
    assert len(data) - len(out) <= 90


@given(st.binary(max_size=300))
def test_a_name_is_only_heard_when_it_was_said(data: bytes) -> None:
    for reply in read(data):
        if isinstance(reply, Block) and reply.process_id is not None:
            # Flow control and answers below 20h may stand between its letters.
            said = bytes(byte for byte in data if byte not in (0x11, 0x13, 0x12, 0x16, 0x1A, 0x1E))
            assert b"\x37\x22" + reply.process_id + b"\0" in said


def test_the_answer_to_a_clearing_is_told_from_other_blocks() -> None:
    (answer,) = read(b"\x37\x25\x00")
    assert isinstance(answer, Block) and answer.cleared and answer.process_id is None
    assert not Block(b"\x37\x22abcd").cleared
