"""The parser of a printer's reply stream."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hardware.printers.answers.replies import (
    AutomaticReply,
    BlockReply,
    FlowReply,
    NoiseReply,
    RealTimeReply,
    Reply,
    ReplyParser,
    SensorReply,
)

HEALTHY = bytes((0x10, 0x00, 0x00, 0x0F))
KNOWN: list[tuple[bytes, Reply]] = [
    (b"\x12", RealTimeReply(0x12)),
    (b"\x1a", RealTimeReply(0x1A)),
    (b"\x16", RealTimeReply(0x16)),
    (b"\x7e", RealTimeReply(0x7E)),
    (b"\x00", SensorReply(0x00)),
    (b"\x0f", SensorReply(0x0F)),
    (HEALTHY, AutomaticReply((0x10, 0x00, 0x00, 0x0F))),
    (bytes((0x38, 0x00, 0x0F, 0x0F)), AutomaticReply((0x38, 0x00, 0x0F, 0x0F))),
    (b"\x37\x220042\x00", BlockReply(b"\x37\x220042")),
    (b"\x5fTM-T88V\x00", BlockReply(b"\x5fTM-T88V")),
    (b"\x11", FlowReply(may_send=True)),
    (b"\x13", FlowReply(may_send=False)),
]


def read(data: bytes, *, at_once: bool = True) -> list[Reply]:
    responses = ReplyParser()
    pieces = [data] if at_once else [bytes([byte]) for byte in data]
    return [reply for piece in pieces for reply in responses.feed(piece)]


def test_every_kind_of_reply_is_recognised_by_its_fixed_bits() -> None:
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
        assert read(data) == [RealTimeReply(0x7E), AutomaticReply((0x10, 0x00, 0x00, 0x0F))]


def test_flow_control_inside_a_block_is_not_part_of_it() -> None:
    assert read(b"\x37\x22\x1300\x1142\x00") == [
        FlowReply(may_send=False),
        FlowReply(may_send=True),
        BlockReply(b"\x37\x220042"),
    ]


def test_digits_of_a_process_id_are_not_taken_for_status() -> None:
    # 32h and 36h have the bits of an answer to DLE EOT.
    assert read(b"\x37\x222626\x00") == [BlockReply(b"\x37\x222626")]
    assert BlockReply(b"\x37\x222626").process_id == b"2626"
    assert BlockReply(b"\x5fTM-T88").process_id is None


def test_an_automatic_status_that_breaks_off_loses_only_itself() -> None:
    assert read(b"\x10\x00" + HEALTHY) == [NoiseReply(b"\x10\x00"), AutomaticReply((0x10, 0x00, 0x00, 0x0F))]


@given(st.binary(max_size=300))
def test_garbage_never_stops_the_reader(garbage: bytes) -> None:
    responses = ReplyParser()
    list(responses.feed(garbage))
    # NUL ends a block, an answer to DLE EOT below 20h is read inside anything.
    assert RealTimeReply(0x12) in list(responses.feed(b"\x12"))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=12))
def test_bytes_are_parsed_alike_wherever_they_are_split(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    responses = ReplyParser()
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert [reply for piece in pieces for reply in responses.feed(piece)] == read(data)


@given(st.binary(max_size=200))
def test_no_byte_is_read_twice_and_none_is_made_up(data: bytes) -> None:
    """Joined replies are the bytes received, without an unfinished status or block."""
    out = bytearray()
    for reply in read(data):
        match reply:
            case RealTimeReply(bits) | SensorReply(bits):
                out.append(bits)
            case AutomaticReply(bits):
                out += bytes(bits)
            case BlockReply(block):
                out += block + b"\0"
            case NoiseReply(noise):
                out += noise
            case FlowReply(may_send):
                out.append(0x11 if may_send else 0x13)
    assert not Counter(out) - Counter(data)
    assert len(data) - len(out) <= 90


@given(st.binary(max_size=300))
def test_a_process_id_is_only_parsed_when_it_was_sent(data: bytes) -> None:
    for reply in read(data):
        if isinstance(reply, BlockReply) and reply.process_id is not None:
            # Flow control and answers below 20h may stand between its letters.
            text = bytes(byte for byte in data if byte not in (0x11, 0x13, 0x12, 0x16, 0x1A, 0x1E))
            assert b"\x37\x22" + reply.process_id + b"\0" in text


def test_the_reply_to_a_clear_is_distinguished_from_other_blocks() -> None:
    (answer,) = read(b"\x37\x25\x00")
    assert isinstance(answer, BlockReply) and answer.confirms_clear and answer.process_id is None
    assert not BlockReply(b"\x37\x22abcd").confirms_clear
