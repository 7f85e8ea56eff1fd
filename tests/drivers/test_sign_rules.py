"""Every sign's driver and its simulated sign keep the same rules."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sign_rules import KINDS, RESEND_S, Bench, Kind, watched

from hardware.ports import HealthState, SignFace
from hardware.serial_bus import serial_port, traffic
from hardware.signs import bus_sign, rendering
from hardware.simulated.signs import sign as simulated_sign
from support.scaled_time import mono_s
from support.waiting import until

EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
ANSWERING = [KINDS[place] for place in (2, 4, 7)]
SHORT_REFUSAL_S = 0.16


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are about what happens, not how long a person sees it."""
    monkeypatch.setattr(rendering, "HALF_BLINK_S", 0.06)
    monkeypatch.setattr(simulated_sign, "MAX_BLANK_S", 0.3)
    monkeypatch.setattr(rendering, "HALF_DASHES_S", 0.04)
    monkeypatch.setattr(rendering, "MAX_REFUSED_S", SHORT_REFUSAL_S)
    monkeypatch.setattr(bus_sign, "RETRY_INTERVAL_S", 0.05)
    monkeypatch.setattr(traffic, "PROBE_TIMEOUT_S", 0.02)
    monkeypatch.setattr(serial_port, "FIRST_RETRY_S", 0.02)


@pytest.fixture
def bench(kind: Kind, tmp_path: Path) -> Iterator[Bench]:
    yield Bench(kind, tmp_path)


@EVERY
def test_what_is_shown_is_shown_and_the_last_value_wins(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        until(lambda: sign.health().state is HealthState.READY, sign.health)
        assert simulated.shown() == ("", "")
        for number in range(1, 300):
            sign.show(SignFace(f"A{number:03d}"))
        until(lambda: simulated.shown()[0] == bench.kind.shows("A299"), simulated.shown)
        sign.show(SignFace(None, paused=True))
        until(lambda: simulated.shown()[0].strip("-") == "" and simulated.shown()[0], simulated.shown)
        sign.show(SignFace(None))
        until(lambda: simulated.shown() == ("", ""), simulated.shown)


# Who blinks is the driver's own timing or one of two ways of the sign's own: a kind of each is enough.
BLINKING = pytest.mark.parametrize("kind", [KINDS[place] for place in (0, 2, 4, 7)], ids=lambda kind: kind.name)


@BLINKING
def test_a_call_blinks_and_then_stays(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        sign.show(SignFace("A015", blink=True))
        until(lambda: simulated.state()["blinking"], simulated.state)
        until(
            lambda: not simulated.state()["blinking"] and simulated.shown()[0] == bench.kind.shows("A015"),
            simulated.state,
        )


@EVERY
def test_a_refusal_is_seen_and_the_called_number_is_back_within_two_seconds(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)
        sign.show(SignFace("A015", word="Err", below="NO TICKET"))
        until(lambda: simulated.shown()[0] == bench.kind.refusal, simulated.shown)
        began_s = mono_s()
        # Nobody takes the word back: a number is not hidden longer even if the station forgot it.
        until(lambda: simulated.shown() == (bench.kind.shows("A015"), ""), simulated.shown)
        assert mono_s() - began_s < 2.0 + RESEND_S


@EVERY
def test_a_sign_that_lost_its_power_gets_its_number_again(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)
        simulated.set_fault("unpowered", on=True)
        assert simulated.shown() == ("", "")
        simulated.set_fault("unpowered", on=False)
        until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)


@EVERY
def test_closing_blanks_the_sign_and_may_be_done_twice(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated:
        sign = bench.driver()
        sign.show(SignFace("A015"))
        until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)
        sign.close()
        until(lambda: simulated.shown() == ("", ""), simulated.shown)
        sign.close()
        sign.show(SignFace("A016"))
        sign.expect_prefixes(["A"])
        assert sign.health().state is HealthState.OFFLINE


@EVERY
def test_a_pulled_cable_and_its_return_are_logged_once_each(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "hardware")
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        sign.show(SignFace("A015"))
        until(lambda: sign.health().state is HealthState.READY and simulated.shown()[0] == bench.kind.shows("A015"))
        with watched(sign) as reports:
            simulated.set_fault("unplugged", on=True)
            until(lambda: HealthState.OFFLINE in reports)
            assert sign.health().code == "off"
            sign.show(SignFace("A016"))
            simulated.set_fault("unplugged", on=False)
            until(lambda: reports[-1] is HealthState.READY)
            until(lambda: simulated.shown()[0] == bench.kind.shows("A016"), simulated.shown)
    messages = [record.getMessage() for record in caplog.records if record.name == "hardware.health.monitor"]
    assert [message.partition(":")[0] for message in messages] == ["sign-c1 is offline", "sign-c1 is ready again"]


@EVERY
def test_a_sign_that_comes_later_is_found_and_nothing_raises_before(bench: Bench) -> None:
    with closing(bench.driver()) as sign:
        sign.show(SignFace("A015", blink=True))
        until(lambda: sign.health().state is HealthState.OFFLINE)
        with closing(bench.simulated()) as simulated:
            until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)


# All of Unicode is tried on the frames themselves (test_sign_texts); here it is seen that a whole driver keeps to it.
HOSTILE = ("A0\r15", "A\x1bQB", "\u202eA015", "A" * 41, "")


@EVERY
def test_text_that_is_no_number_reaches_no_sign(bench: Bench) -> None:
    seen: set[str] = set()
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        for text in HOSTILE:
            sign.show(SignFace("A001"))
            until(lambda: simulated.shown()[0] == bench.kind.shows("A001"), simulated.shown)
            sign.show(SignFace(text))
            until(lambda: simulated.shown() == ("", ""), simulated.shown)
            until(lambda: sign.health().state is HealthState.READY, sign.health)
        for text in HOSTILE:
            sign.show(SignFace("A001", word=text, below=text))
            until(lambda: simulated.shown()[0] != bench.kind.shows("A001"))
            seen.add(simulated.shown()[1])
            sign.show(SignFace("A001"))
            until(lambda: simulated.shown()[0] == bench.kind.shows("A001"), simulated.shown)
    assert seen <= {"", "A" * 20}


@EVERY
def test_a_line_full_of_noise_never_raises_and_recovers(bench: Bench) -> None:
    with closing(bench.simulated()) as simulated, closing(bench.driver()) as sign:
        simulated.set_fault("garbled", on=True)
        for number in range(20):
            sign.show(SignFace(f"A{number:03d}"))
        sign.health()
        simulated.set_fault("garbled", on=False)
        sign.show(SignFace("A015"))
        until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)
        until(lambda: sign.health().state is HealthState.READY, sign.health)


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
    ids=lambda parameter: parameter.name if isinstance(parameter, Kind) else parameter,
)
def test_silence_is_never_ready_and_another_device_is_named(bench: Bench, fault: str, code: str) -> None:
    with closing(bench.simulated()) as simulated:
        simulated.set_fault(fault, on=True)
        with closing(bench.driver()) as sign, watched(sign) as reports:
            until(lambda: sign.health().code == code, sign.health)
            assert HealthState.READY not in reports
            sign.show(SignFace("A015"))
            simulated.set_fault(fault, on=False)
            until(lambda: sign.health().state is HealthState.READY, sign.health)
            until(lambda: simulated.shown()[0] == bench.kind.shows("A015"), simulated.shown)
            simulated.set_fault(fault, on=True)
            until(lambda: sign.health().code == code, sign.health)
