"""Every sign's driver and its twin keep the same rules."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sign_rules import KINDS, RESEND_S, Bench, Kind, watched

from hardware.lines import line, serial_port
from hardware.ports import SignFace, State
from hardware.signs import board, showing
from hardware.simulated.signs import sign as twins
from unhurried import mono_s
from waiting import until

EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
ANSWERING = [KINDS[place] for place in (2, 4, 7)]
SHORT_REFUSAL_S = 0.16


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are about what happens, not how long a person sees it."""
    monkeypatch.setattr(showing, "HALF_BLINK_S", 0.06)
    monkeypatch.setattr(twins, "BLINK_S", 0.3)
    monkeypatch.setattr(showing, "HALF_DASHES_S", 0.04)
    monkeypatch.setattr(showing, "REFUSED_S", SHORT_REFUSAL_S)
    monkeypatch.setattr(board, "MISSED_AGAIN_S", 0.05)
    monkeypatch.setattr(line, "PROBE_S", 0.02)
    monkeypatch.setattr(serial_port, "FIRST_WAIT_S", 0.02)


@pytest.fixture
def bench(kind: Kind, tmp_path: Path) -> Iterator[Bench]:
    yield Bench(kind, tmp_path)


@EVERY
def test_what_is_shown_is_shown_and_the_last_value_wins(bench: Bench) -> None:
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        until(lambda: sign.health().state is State.READY, sign.health)
        assert twin.shown() == ("", "")
        for number in range(1, 300):
            sign.show(SignFace(f"A{number:03d}"))
        until(lambda: twin.shown()[0] == bench.kind.shows("A299"), twin.shown)
        sign.show(SignFace(None, paused=True))
        until(lambda: twin.shown()[0].strip("-") == "" and twin.shown()[0], twin.shown)
        sign.show(SignFace(None))
        until(lambda: twin.shown() == ("", ""), twin.shown)


# Who blinks is the driver's own timing or one of two ways of the sign's own: a kind of each is enough.
BLINKING = pytest.mark.parametrize("kind", [KINDS[place] for place in (0, 2, 4, 7)], ids=lambda kind: kind.name)


@BLINKING
def test_a_call_blinks_and_then_stays(bench: Bench) -> None:
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        sign.show(SignFace("A015", blink=True))
        until(lambda: twin.state()["blinking"], twin.state)
        until(lambda: not twin.state()["blinking"] and twin.shown()[0] == bench.kind.shows("A015"), twin.state)


@EVERY
def test_a_refusal_is_seen_and_the_called_number_is_back_within_two_seconds(bench: Bench) -> None:
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)
        sign.show(SignFace("A015", word="Err", below="NO TICKET"))
        until(lambda: twin.shown()[0] == bench.kind.refusal, twin.shown)
        began_s = mono_s()
        # Nobody takes the word back: a number is not hidden longer even if the station forgot it.
        until(lambda: twin.shown() == (bench.kind.shows("A015"), ""), twin.shown)
        assert mono_s() - began_s < 2.0 + RESEND_S


@EVERY
def test_a_sign_that_lost_its_power_is_told_again(bench: Bench) -> None:
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)
        twin.set_fault("unpowered", on=True)
        assert twin.shown() == ("", "")
        twin.set_fault("unpowered", on=False)
        until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)


@EVERY
def test_closing_blanks_the_sign_and_may_be_done_twice(bench: Bench) -> None:
    with closing(bench.twin()) as twin:
        sign = bench.driver()
        sign.show(SignFace("A015"))
        until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)
        sign.close()
        until(lambda: twin.shown() == ("", ""), twin.shown)
        sign.close()
        sign.show(SignFace("A016"))
        sign.expect(["A"])
        assert sign.health().state is State.OFFLINE


@EVERY
def test_a_pulled_cable_is_told_once_and_its_healing_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "hardware")
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: sign.health().state is State.READY and twin.shown()[0] == bench.kind.shows("A015"))
        with watched(sign) as told:
            twin.set_fault("unplugged", on=True)
            until(lambda: State.OFFLINE in told)
            assert sign.health().code == "off"
            sign.show(SignFace("A016"))
            twin.set_fault("unplugged", on=False)
            until(lambda: told[-1] is State.READY)
            until(lambda: twin.shown()[0] == bench.kind.shows("A016"), twin.shown)
    messages = [record.getMessage() for record in caplog.records if record.name == "hardware.watch"]
    assert [message.partition(":")[0] for message in messages] == ["sign-c1 is offline", "sign-c1 is ready again"]


@EVERY
def test_a_sign_that_comes_later_is_found_and_nothing_raises_before(bench: Bench) -> None:
    with closing(bench.driver()) as sign:
        sign.show(SignFace("A015", blink=True))
        until(lambda: sign.health().state is State.OFFLINE)
        with closing(bench.twin()) as twin:
            until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)


# All of Unicode is tried on the frames themselves (test_sign_texts); here it is seen that a whole driver keeps to it.
HOSTILE = ("A0\r15", "A\x1bQB", "\u202eA015", "A" * 41, "")


@EVERY
def test_text_that_is_no_number_reaches_no_sign(bench: Bench) -> None:
    seen: set[str] = set()
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        for text in HOSTILE:
            sign.show(SignFace("A001"))
            until(lambda: twin.shown()[0] == bench.kind.shows("A001"), twin.shown)
            sign.show(SignFace(text))
            until(lambda: twin.shown() == ("", ""), twin.shown)
            until(lambda: sign.health().state is State.READY, sign.health)
        for text in HOSTILE:
            sign.show(SignFace("A001", word=text, below=text))
            until(lambda: twin.shown()[0] != bench.kind.shows("A001"))
            seen.add(twin.shown()[1])
            sign.show(SignFace("A001"))
            until(lambda: twin.shown()[0] == bench.kind.shows("A001"), twin.shown)
    assert seen <= {"", "A" * 20}


@EVERY
def test_a_line_full_of_noise_never_raises_and_heals(bench: Bench) -> None:
    with closing(bench.twin()) as twin, closing(bench.driver()) as sign:
        twin.set_fault("garbled", on=True)
        for number in range(20):
            sign.show(SignFace(f"A{number:03d}"))
        sign.health()
        twin.set_fault("garbled", on=False)
        sign.show(SignFace("A015"))
        until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)
        until(lambda: sign.health().state is State.READY, sign.health)


@pytest.mark.parametrize(
    ("kind", "fault", "code"),
    [
        *(
            (kind, fault, code)
            for kind in ANSWERING
            for fault, code in (("silent", "silent"), ("wrong_device", "wrong"))
        ),
        (ANSWERING[0], "unpowered", "silent"),
        (ANSWERING[1], "wrong_address", "silent"),
        (ANSWERING[2], "wrong_address", "silent"),
    ],
    ids=lambda one: one.name if isinstance(one, Kind) else one,
)
def test_silence_is_never_ready_and_a_stranger_is_named(bench: Bench, fault: str, code: str) -> None:
    with closing(bench.twin()) as twin:
        twin.set_fault(fault, on=True)
        with closing(bench.driver()) as sign, watched(sign) as told:
            until(lambda: sign.health().code == code, sign.health)
            assert State.READY not in told
            sign.show(SignFace("A015"))
            twin.set_fault(fault, on=False)
            until(lambda: sign.health().state is State.READY, sign.health)
            until(lambda: twin.shown()[0] == bench.kind.shows("A015"), twin.shown)
            twin.set_fault(fault, on=True)
            until(lambda: sign.health().code == code, sign.health)
