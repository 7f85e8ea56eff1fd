"""One serial line with many on it: turns, silence, answers, listeners, healing; over pseudo-terminals and socat."""

import itertools
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.settings import CounterStation, Settings
from config.signs import ModbusSheet
from config.twins import SimulatedDesk
from hardware.lines.echo import LATE_S, PROBE, Echo
from hardware.lines.line import Line
from hardware.lines.lines import Lines
from hardware.lines.serial_port import SerialPort
from hardware.lines.talking import Frame, Hurry, Verdict
from hardware.open_signs import open_sign
from hardware.ports import Sign, SignFace, State
from hardware.signs.board import BoardSign
from hardware.signs.cells import Cells
from hardware.signs.modbus import ModbusBoard, RegisterMap
from hardware.signs.showing import DASHES, Look, Shown
from hardware.simulated.signs.sign import SimulatedSign
from hardware.simulated.signs.slave import ModbusSlave
from hardware.simulated.signs.wired import sign_twins
from hardware.simulated.terminal import Cables, Terminal
from waiting import PATIENCE_S, until

LED = {"kind": "modbus", "encoding": "ascii_per_reg", "width": 4, "align": "left", "answer_s": 0.1}
A015 = [65, 48, 49, 53]


@dataclass
class Voice:
    """A talker that says each of ``words`` once."""

    words: list[Frame]
    hurry: Callable[[], Hurry] = lambda: Hurry.NEWS
    said_at: list[float] = field(default_factory=list)
    verdicts: list[tuple[Verdict, str]] = field(default_factory=list)

    def opened(self, now: float) -> None:
        pass

    def due(self, now: float) -> float | None:
        return now if len(self.verdicts) < len(self.words) else None

    def say(self, now: float) -> Frame:
        self.said_at.append(now)
        return self.words[len(self.verdicts)]

    def said(self, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        self.verdicts.append((verdict, words))

    def farewell(self) -> Iterable[Frame]:
        return [Frame(b"bye")]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[tuple[Path, bytearray, Terminal]]:
    """The other end of a cable: where it is, what was heard there, and the plug."""
    heard = bytearray()
    with closing(Terminal(tmp_path / "line", heard.extend)) as terminal:
        yield tmp_path / "line", heard, terminal


Far = tuple[Path, bytearray, Terminal]


def answered(heard: bytes) -> tuple[Verdict, str] | None:
    return (Verdict.DONE, "") if b"ok" in heard else None


def test_all_get_their_turns_one_frame_each_with_a_silence_between(far: Far) -> None:
    path, heard, _ = far
    line = Line(str(path), 2400, time.monotonic)
    voices = [Voice([]) for _ in range(3)]
    for voice in voices:
        line.join(voice)
    for name, voice in enumerate(voices):  # nobody has begun before all are there
        voice.words = [Frame(b"%d-%d;" % (name, turn)) for turn in range(3)]
    line.wake()
    until(lambda: heard.count(b";") == 9)
    said = bytes(heard).decode().rstrip(";").split(";")
    assert sorted(said) == sorted(f"{name}-{turn}" for name in range(3) for turn in range(3))
    late = said[said.index(next(one for one in said if one[0] == "2")) :]
    assert all(one[0] != other[0] for one, other in itertools.pairwise(late)), said
    times = sorted(at for voice in voices for at in voice.said_at)
    assert min(b - a for a, b in itertools.pairwise(times)) >= (4 + 3.5) * 10 / 2400
    for voice in voices:
        line.leave(voice)
        line.leave(voice)
    until(lambda: heard.count(b"bye") == 3)
    assert line.health().state is State.OFFLINE


def test_a_line_is_opened_again_by_who_comes_after_the_last_left(far: Far) -> None:
    path, heard, _ = far
    line = Line(str(path), 115200, time.monotonic)
    for turn in range(3):
        voice = Voice([Frame(b"again")])
        line.join(voice)
        until(lambda turn=turn: heard.count(b"again") == turn + 1)
        line.leave(voice)


def test_what_comes_is_heard_by_all_and_answers_only_by_who_asked(far: Far) -> None:
    path, heard, terminal = far
    line, keys = Line(str(path), 115200, time.monotonic), bytearray()
    stop = line.listen(keys.extend)
    voice = Voice([Frame(b"ask", answered, 5.0)])
    line.join(voice)
    until(lambda: heard == PROBE + b"ask")
    terminal.send(b"ok")
    until(lambda: voice.verdicts == [(Verdict.DONE, "")])
    terminal.send(b"R")
    until(lambda: keys == b"R")
    assert line.garbage == 0
    line.leave(voice)
    stop()
    stop()
    assert line.health().state is State.OFFLINE


def test_a_key_pressed_while_an_answer_was_awaited_in_vain_is_not_lost(far: Far) -> None:
    path, heard, terminal = far
    line, keys = Line(str(path), 115200, time.monotonic), bytearray()
    stop, voice = line.listen(keys.extend), Voice([Frame(b"ask", answered, 0.2)])
    line.join(voice)
    until(lambda: heard == PROBE + b"ask")
    terminal.send(b"R")
    until(lambda: voice.verdicts and keys == b"R")
    assert voice.verdicts == [(Verdict.GARBLED, "no answer but 52")]
    line.leave(voice)
    stop()


def test_bytes_that_nobody_wants_are_counted_and_logged_once(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    path, heard, terminal = far
    line, voice = Line(str(path), 115200, time.monotonic), Voice([Frame(b"x")])
    line.join(voice)
    until(lambda: heard == b"x")
    for count in (1, 2, 3):
        terminal.send(b"\x1b?")
        until(lambda count=count: line.garbage == 2 * count)
    line.leave(voice)
    assert [record.getMessage() for record in caplog.records] == [f"{path}: bytes that nobody asked for: 1b 3f"]


def test_who_talks_without_end_keeps_nobody_from_writing(far: Far) -> None:
    path, heard, terminal = far
    line, over = Line(str(path), 9600, time.monotonic), threading.Event()

    def babble() -> None:
        while not over.wait(0.001):
            terminal.send(b"#")

    talker, babbled = threading.Thread(target=babble), bytearray()
    talker.start()
    stop, voice = line.listen(babbled.extend), Voice([Frame(b"hello")])
    until(lambda: len(babbled) > 50)
    line.join(voice)
    until(lambda: heard == PROBE + b"hello")
    over.set()
    talker.join()
    line.leave(voice)
    stop()


# --- adapters that hear themselves


@contextmanager
def echoing(path: Path, cables: Cables) -> Iterator[None]:
    """An adapter on that line whose receiver is on while it sends."""

    def hear(data: bytes) -> None:
        adapter.send(data)

    adapter = cables.cable(path, hear)
    with closing(adapter):
        yield


def test_an_echo_is_neither_an_answer_nor_a_key(tmp_path: Path) -> None:
    cables, keys = Cables(), bytearray()
    with echoing(tmp_path / "line", cables):
        line = Line(str(tmp_path / "line"), 115200, time.monotonic)
        stop = line.listen(keys.extend)

        def same(heard: bytes) -> tuple[Verdict, str] | None:
            return (Verdict.DONE, "") if b"same" in heard else None

        voice = Voice([Frame(b"12#"), Frame(b"same", same, 0.1), Frame(b"99#")])
        line.join(voice, answered=True)
        pad = cables.cable(tmp_path / "line", lambda _data: None)
        until(lambda: len(voice.verdicts) == 3)
        pad.send(b"R")
        until(lambda: keys)
        line.leave(voice)
        stop()
        pad.close()
    assert [verdict for verdict, _ in voice.verdicts] == [Verdict.DONE, Verdict.SILENT, Verdict.DONE]
    assert (bytes(keys), line.garbage) == (b"R", 0)


def test_an_echo_that_comes_after_the_next_frame_left_is_no_key(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.lines.echo.LATE_S", 60.0)
    path, heard, terminal = far
    line, keys = Line(str(path), 115200, time.monotonic), bytearray()
    stop, voice = line.listen(keys.extend), Voice([])
    line.join(voice)
    voice.words = [Frame(b"12#")]
    line.wake()
    until(lambda: heard == PROBE)
    terminal.send(PROBE)
    until(lambda: heard == PROBE + b"12#")
    voice.words.append(Frame(b"34#"))
    line.wake()
    until(lambda: heard == PROBE + b"12#34#")
    terminal.send(b"12#3")
    terminal.send(b"4#R")
    until(lambda: keys)
    assert keys == b"R"
    line.leave(voice)
    stop()


def test_an_echo_that_was_lost_is_not_looked_for_in_the_next_one() -> None:
    echo = Echo()
    echo.wrote(b"12#", 0.0, 0.0)
    echo.wrote(b"34#", LATE_S, LATE_S)
    assert echo.others(b"34#R", LATE_S) == b"R"


def test_what_was_written_before_it_was_known_that_there_is_no_echo_is_no_echo() -> None:
    echo = Echo()
    echo.wrote(b"12#", 0.0, 0.0)
    echo.ask(0.1)
    assert echo.give_up(0.1) == b""
    assert echo.others(b"1", 0.2) == b"1"


def test_a_new_cable_is_asked_for_its_echo_anew_and_half_a_code_does_not_outlive_the_old_one(far: Far) -> None:
    path, heard, terminal = far
    line, pieces = Line(str(path), 115200, time.monotonic), list[bytes]()
    stop, voice = line.listen(pieces.append), Voice([Frame(b"12#")])
    line.join(voice)
    until(lambda: heard == PROBE)
    terminal.send(PROBE + b"R")
    until(lambda: heard == PROBE + b"12#")
    terminal.unplug()
    until(lambda: line.health().state is State.OFFLINE)
    voice.words.append(Frame(b"34#"))
    terminal.plug()
    until(lambda: heard == PROBE + b"12#" + PROBE + b"34#", lambda: heard)
    assert pieces == [b"", b"R", b""]
    line.leave(voice)
    stop()


def test_an_answer_that_was_awaited_when_the_cable_was_pulled_is_awaited_no_longer(far: Far) -> None:
    path, heard, terminal = far
    line, voice = Line(str(path), 115200, time.monotonic), Voice([Frame(b"ask", answered, 600.0)])
    line.join(voice, answered=True)
    until(lambda: heard == PROBE + b"ask")
    terminal.unplug()
    until(lambda: line.health().state is State.OFFLINE)
    terminal.plug()
    until(lambda: heard == (PROBE + b"ask") * 2, lambda: heard)
    assert voice.verdicts == []
    terminal.send(b"ok")
    until(lambda: voice.verdicts == [(Verdict.DONE, "")])
    line.leave(voice)


def test_the_wreck_of_an_answer_is_counted_and_logged_and_no_device(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    path, heard, terminal = far
    line, voice = Line(str(path), 115200, time.monotonic), Voice([Frame(b"ask", answered, 0.2)])
    line.join(voice, answered=True)
    until(lambda: heard == PROBE + b"ask")
    terminal.send(b"wreckage")
    until(lambda: voice.verdicts)
    assert (line.garbage, line.stranger) == (8, b"")  # who is asked is judged by its answers
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: bytes that nobody asked for: {b'wreckage'.hex(' ')}"
    ]
    line.leave(voice)


def test_a_key_pressed_while_the_line_asks_for_its_echo_is_not_lost(far: Far) -> None:
    path, heard, terminal = far
    line, keys = Line(str(path), 115200, time.monotonic), bytearray()
    stop, voice = line.listen(keys.extend), Voice([Frame(b"hello")])
    line.join(voice)
    until(lambda: heard == PROBE)
    terminal.send(b"R")
    until(lambda: keys == b"R" and heard == PROBE + b"hello")
    line.leave(voice)
    stop()


def test_an_echo_that_comes_too_late_to_be_asked_for_is_learnt_from_what_cannot_be_an_answer(far: Far) -> None:
    path, heard, terminal = far
    line, keys = Line(str(path), 115200, time.monotonic), bytearray()
    stop, voice = line.listen(keys.extend), Voice([Frame(b"ask", answered, 5.0), Frame(b"no keys")])
    line.join(voice, answered=True)
    until(lambda: heard == PROBE + b"ask")
    terminal.send(b"as")
    terminal.send(b"kok")
    until(lambda: len(voice.verdicts) == 2)
    terminal.send(b"no keysR")
    until(lambda: keys)
    assert (voice.verdicts[0], bytes(keys)) == ((Verdict.DONE, ""), b"R")
    line.leave(voice)
    stop()


@pytest.mark.parametrize("function", [6, 16])
def test_a_dead_board_on_an_adapter_that_echoes_is_silent_and_a_live_one_ready(tmp_path: Path, function: int) -> None:
    with street(tmp_path / "rs485", (1, 2), LED | {"function": function}) as boards:
        boards.stack.enter_context(echoing(tmp_path / "rs485", boards.cables))
        boards.twins["c2"].set_fault("unpowered", on=True)
        boards.open()
        boards.show()
        until(lambda: boards.health() == {"c1": ("ready", None), "c2": ("offline", "silent")}, boards.health)
        until(lambda: boards.shown() == {"c1": "A011", "c2": ""}, boards.shown)


def test_a_cable_is_pulled_though_its_far_end_answers_at_that_very_moment(tmp_path: Path) -> None:
    began, go = threading.Event(), threading.Event()

    def hear(data: bytes) -> None:
        began.set()
        go.wait()
        terminal.send(data)

    terminal = Terminal(tmp_path / "line", hear)
    (tmp_path / "line").write_bytes(b"x")
    until(began.is_set)
    pulling = threading.Thread(target=terminal.close, daemon=True)
    pulling.start()
    until(lambda: not (tmp_path / "line").exists())
    go.set()
    until(lambda: not pulling.is_alive())


# --- who goes first


def test_news_go_before_what_was_said_before_and_that_before_what_nobody_answers(far: Far) -> None:
    path, heard, _ = far
    line = Line(str(path), 2400, time.monotonic)
    first = Voice([Frame(b"." * 40)])  # while it is on the line the others come
    line.join(first)
    until(lambda: first.verdicts)
    voices = [
        Voice([Frame(b"%d" % hurry), Frame(b"%d" % hurry)], hurry=partial(Hurry, hurry))
        for hurry in (Hurry.IN_VAIN, Hurry.UPKEEP, Hurry.NEWS)
    ]
    for voice in voices:
        line.join(voice)
    until(lambda: len(heard) == 46)
    assert heard[40:] == b"001122"
    for voice in (first, *voices):
        line.leave(voice)


def test_nobody_waits_for_ever_for_a_turn(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.lines.members.PATIENCE_S", 0.05)
    path, heard, _ = far
    line = Line(str(path), 38400, time.monotonic)
    busy = Voice([Frame(b"n")] * 10000)
    line.join(busy)
    until(lambda: b"n" in heard)
    vain = Voice([Frame(b"v")], hurry=lambda: Hurry.IN_VAIN)
    line.join(vain)
    until(lambda: vain.verdicts)
    assert len(busy.verdicts) < 10000
    line.leave(busy)
    line.leave(vain)


def test_a_driver_with_a_mistake_keeps_nobody_from_leaving(far: Far) -> None:
    path, heard, _ = far
    line, wrong, well = Line(str(path), 115200, time.monotonic), Voice([]), Voice([Frame(b"well")])
    line.join(well)
    until(lambda: heard == b"well")
    wrong.words = [Frame(b"")]
    wrong.say = lambda now: wrong.words[7]  # type: ignore[method-assign]
    line.join(wrong)
    until(lambda: line.health().code == "failed", line.health)
    late = Voice([])
    line.join(late)
    for voice in (wrong, well, late):
        line.leave(voice)


def test_a_line_whose_thread_failed_reports_it_and_serves_everybody_again(
    far: Far, caplog: pytest.LogCaptureFixture
) -> None:
    path, heard, _ = far
    line, wrong = Line(str(path), 115200, time.monotonic), Voice([Frame(b"")])
    failed, says = [IndexError("a mistake of ours")], wrong.say

    def say(now: float) -> Frame:
        if failed:
            raise failed.pop()
        return says(now)

    wrong.say = say  # type: ignore[method-assign]
    line.join(wrong)
    until(lambda: line.health().code == "failed", line.health)
    line.join(well := Voice([Frame(b"well")]))
    until(lambda: heard == b"well", line.health)
    assert line.health().state is State.READY
    assert "a mistake of ours" in caplog.text
    for voice in (wrong, well):
        line.leave(voice)


def test_a_line_used_with_two_speeds_is_a_mistake() -> None:
    lines = Lines(time.monotonic)
    line = lines.line("/dev/x", 9600, parity="even")
    assert lines.line("/dev/x", 9600) is line
    for baud, parity in ((19200, None), (9600, "odd")):
        with pytest.raises(ValueError, match="/dev/x cannot have 9600 baud, parity even and"):
            lines.line("/dev/x", baud, parity=parity)  # type: ignore[arg-type]


def test_a_port_that_is_gone_is_tried_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    now = [0.0]
    port = SerialPort(str(tmp_path / "none"), 9600, lambda: now[0])
    tries, lost = [], port._lose

    def lose(error: Exception) -> None:
        tries.append(now[0])
        lost(error)

    port._lose = lose  # type: ignore[method-assign]
    while now[0] < 40:
        port.open()
        now[0] += 0.25
    port.close()
    assert tries == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5, 31.5, 39.5]  # what is plugged in is right within ten seconds


# --- signs on one line


class Street:
    """Boards of one make on one line, with their drivers: as a station has them."""

    def __init__(self, path: Path, addresses: Iterable[int], sheet: dict[str, Any], plug: Path | None = None) -> None:
        desks = [
            {
                "counter": f"c{address}",
                "sign": {
                    "kind": sheet["kind"],
                    "model": "led",
                    "port": str(plug or path),
                    "address": address,
                    "baud": 38400,
                    "resend_s": 1.0,
                },
            }
            for address in addresses
        ]
        self.station = CounterStation.model_validate({"desks": desks, "signs": {"led": sheet}})
        self.stack, self.cables, self.lines = ExitStack(), Cables(), Lines(time.monotonic)
        self.twins: dict[str, SimulatedSign] = {}
        for desk in self.station.desks:
            (twin,) = sign_twins(
                Settings(counter=self.station),
                SimulatedDesk(counter=desk.counter, sign=path),
                self.cables,
                time.monotonic,
            )
            assert isinstance(twin, SimulatedSign)
            self.twins[desk.counter] = self.stack.enter_context(closing(twin))
        self.drivers: dict[str, Sign] = {}

    def open(self) -> None:
        for desk in self.station.desks:
            sign = open_sign(desk.sign, self.lines, self.station.signs, f"sign-{desk.counter}")
            assert sign is not None
            self.drivers[desk.counter] = self.stack.enter_context(closing(sign))

    def show(self) -> None:
        for counter, sign in self.drivers.items():
            sign.show(SignFace(f"A01{counter[1]}"))

    def shown(self) -> dict[str, str]:
        return {counter: twin.shown()[0] for counter, twin in self.twins.items()}

    def health(self) -> dict[str, tuple[str, str | None]]:
        return {counter: (sign.health().state.value, sign.health().code) for counter, sign in self.drivers.items()}


PAGE = {
    "kind": "template",
    "frame": "02 [ address payload 03 ] checksum",
    "address": "decimal",
    "checksum": "lrc",
    "reply": "06 address",
    "reply_s": 0.1,
}


@contextmanager
def street(*args: Any, **kwargs: Any) -> Iterator[Street]:
    one = Street(*args, **kwargs)
    with one.stack:
        yield one


@pytest.mark.parametrize("sheet", [LED, PAGE], ids=["modbus", "template"])
def test_a_dead_board_is_silent_and_its_neighbours_go_on(tmp_path: Path, sheet: dict[str, Any]) -> None:
    with street(tmp_path / "rs485", (1, 2, 3), sheet) as boards:
        boards.twins["c2"].set_fault("unpowered", on=True)
        boards.open()
        boards.show()
        until(lambda: boards.shown() == {"c1": "A011", "c2": "", "c3": "A013"}, boards.shown)
        wanted = {"c1": ("ready", None), "c2": ("offline", "silent"), "c3": ("ready", None)}
        until(lambda: boards.health() == wanted, boards.health)
        boards.twins["c2"].set_fault("unpowered", on=False)
        until(lambda: boards.shown()["c2"] == "A012", boards.shown)
        until(lambda: boards.health()["c2"] == ("ready", None), boards.health)
        boards.twins["c1"].set_fault("unplugged", on=True)
        until(lambda: set(boards.health().values()) == {("offline", "off")}, boards.health)
        boards.twins["c1"].set_fault("unplugged", on=False)
        until(lambda: set(boards.health().values()) == {("ready", None)}, boards.health)
        for driver in boards.drivers.values():
            driver.close()
        until(lambda: set(boards.shown().values()) == {""}, boards.shown)


def test_a_late_answer_of_one_board_is_not_taken_for_anothers(tmp_path: Path) -> None:
    with street(tmp_path / "rs485", (1, 2), LED) as boards:
        boards.twins["c1"].set_fault("slow", on=True)
        boards.open()
        boards.show()
        until(lambda: boards.shown() == {"c1": "A011", "c2": "A012"}, boards.shown)
        until(lambda: boards.health() == {"c1": ("offline", "silent"), "c2": ("ready", None)}, boards.health)


def test_keys_come_through_a_line_that_boards_are_answering_on(tmp_path: Path) -> None:
    with street(tmp_path / "rs485", (1, 2), LED) as boards:
        boards.open()
        keys = bytearray()
        stop = boards.lines.line(str(tmp_path / "rs485"), 38400).listen(keys.extend)
        pad = boards.cables.cable(tmp_path / "rs485", lambda _data: None)
        # What comes before the port is open is nobody's.
        until(lambda: set(boards.health().values()) == {("ready", None)}, boards.health)
        for turn in range(1, 21):
            for sign in boards.drivers.values():
                sign.show(SignFace(f"A{turn:03d}"))
            pad.send(b"R")
            until(lambda turn=turn: keys.count(b"R") == turn, lambda: keys)
        until(lambda: set(boards.shown().values()) == {"A020"}, boards.shown)
        until(lambda: set(boards.health().values()) == {("ready", None)}, boards.health)
        stop()
        pad.close()


def test_registers_that_are_not_there_are_a_fault_and_not_silence(tmp_path: Path) -> None:
    with street(tmp_path / "rs485", (1,), LED) as boards:
        boards.open()
        until(lambda: boards.health() == {"c1": ("ready", None)}, boards.health)
        sheet = CounterStation.model_validate({"signs": {"led": LED | {"first": 7}}}).signs
        boards.drivers["c1"].close()
        sign = open_sign(boards.station.desks[0].sign, Lines(time.monotonic), sheet, "sign-c1")
        assert sign is not None
        with closing(sign):
            until(lambda: sign.health().code == "fault")
            assert sign.health().state is State.FAULT
            assert sign.health().detail == "exception 2 (illegal data address) at register 7"


# --- programs from outside


@contextmanager
def socat(plug: Path, device: Path) -> Iterator[None]:
    """A cable between a name that the driver opens and the twin's own terminal; ended, it is pulled."""
    ends = f"pty,raw,echo=0,link={plug}", f"{device},raw,echo=0"
    process = subprocess.Popen(["socat", *ends], stderr=subprocess.DEVNULL)
    try:
        until(lambda: plug.exists() or process.poll() is not None)
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        plug.unlink(missing_ok=True)


def read(device: Path, address: int, first: int, count: int) -> list[int]:
    """Holding registers, as mbpoll reads them."""
    command = ["mbpoll", "-m", "rtu", "-b", "38400", "-P", "none", "-a", str(address), "-0", "-1"]
    command += ["-r", str(first), "-c", str(count), str(device)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False).stdout
    return [int(row.split()[-1]) for row in said.splitlines() if row.startswith("[")]


def write(device: Path, address: int, first: int, *values: int) -> str:
    command = ["mbpoll", "-m", "rtu", "-b", "38400", "-P", "none", "-a", str(address), "-0", "-r", str(first)]
    command += [str(device), *map(str, values)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.stdout + done.stderr


def test_mbpoll_reads_back_what_the_driver_wrote_and_a_new_cable_heals_it(tmp_path: Path) -> None:
    device, plug = tmp_path / "rs485", tmp_path / "plug"
    with street(device, (3, 7), LED, plug=plug) as boards:
        with socat(plug, device):
            boards.open()
            boards.show()
            until(lambda: boards.shown() == {"c3": "A013", "c7": "A017"}, boards.shown)
        until(lambda: set(boards.health().values()) == {("offline", "off")}, boards.health)
        # The adapter's own bytes may still be on their way when the cable is pulled: mbpoll asks again.
        until(lambda: read(device, 3, 0, 4) == [65, 48, 49, 51], lambda: read(device, 3, 0, 4))
        until(lambda: read(device, 7, 0, 4) == [65, 48, 49, 55], lambda: read(device, 7, 0, 4))
        for sign in boards.drivers.values():
            sign.show(SignFace("A015"))
        with socat(plug, device):
            until(lambda: set(boards.shown().values()) == {"A015"}, boards.shown)
            until(lambda: set(boards.health().values()) == {("ready", None)}, boards.health)


def test_the_twin_is_a_slave_to_mbpoll_too(tmp_path: Path) -> None:
    with street(tmp_path / "rs485", (3,), LED) as boards:
        assert "Written 4 references" in write(tmp_path / "rs485", 3, 0, *A015)
        assert boards.shown() == {"c3": "A015"}
        assert "Written 1 references" in write(tmp_path / "rs485", 3, 3, 54)
        assert boards.shown() == {"c3": "A016"}
        assert read(tmp_path / "rs485", 3, 0, 4) == [65, 48, 49, 54]
        assert "Illegal data address" in write(tmp_path / "rs485", 3, 90, 1)
        boards.twins["c3"].set_fault("silent", on=True)
        assert "timed out" in write(tmp_path / "rs485", 3, 0, *A015)


def test_the_frames_are_those_of_the_makers_pages() -> None:
    int_map = RegisterMap(0, "int", Cells(4, "right", " "), 6, {Look.DARK: 0xFFFF})
    (one,) = ModbusBoard(1, int_map).frames(Shown(Look.STEADY, "12"))
    assert one.data == bytes.fromhex("01 06 00 00 00 0C 89 CF")
    (four,) = ModbusBoard(1, RegisterMap(0, "ascii_per_reg", Cells(4), 16)).frames(Shown(Look.STEADY, "A012"))
    assert four.data == bytes.fromhex("01 10 00 00 00 04 08 00 41 00 30 00 31 00 32 77 60")
    read_by: Callable[[bytes], Any] | None = four.answer
    assert read_by is not None
    right = bytes.fromhex("01 10 00 00 00 04 C1 CA")
    assert read_by(right) == (Verdict.DONE, "")
    assert all(read_by(right[:length]) is None for length in range(len(right)))
    assert read_by(b"\x02" + right[1:]) is None
    assert read_by(b"R" + right) == read_by(b"\x01" + right) == read_by(right + b"R") == (Verdict.DONE, "")
    late = bytes.fromhex("02 10 00 00 00 04 C1 F9")
    assert read_by(late) is None
    assert read_by(late + right) == (Verdict.DONE, "")
    assert read_by(bytes.fromhex("01 90 02 CD C1")) == (
        Verdict.REFUSED,
        "exception 2 (illegal data address) at register 0",
    )


@pytest.mark.parametrize("encoding", ["ascii_per_reg", "two_ascii_per_reg"])
@pytest.mark.parametrize(("before", "after"), [("A015", "A026"), ("", "A015"), ("A015", ""), ("A015", "----")])
def test_a_line_that_dies_between_two_frames_leaves_no_number_that_nobody_issued(
    encoding: str, before: str, after: str
) -> None:
    (sheet,) = CounterStation.model_validate({"signs": {"led": LED | {"encoding": encoding}}}).signs.values()
    assert isinstance(sheet, ModbusSheet)
    slave, board = ModbusSlave(sheet, 1), ModbusBoard(1, RegisterMap(0, sheet.encoding, Cells(4, "left"), 6))
    shown = {"": Shown(Look.DARK), "----": DASHES}
    for frame in board.frames(shown.get(before, Shown(Look.STEADY, before))):
        slave.feed(frame.data)
    seen = []
    for frame in board.frames(shown.get(after, Shown(Look.STEADY, after))):
        slave.feed(frame.data)
        seen.append(slave.lit()[0])
    assert seen[-1] == after
    assert all(one in (before, after) or one.endswith("-") for one in seen)
    again = list(board.frames(Shown(Look.STEADY, "A015"), again=True))
    assert len(again) == (4 if encoding == "ascii_per_reg" else 2)  # what stands there already does not flicker


def test_a_face_that_blinks_is_sent_whole_before_its_other_half_and_a_new_face_cuts_it_short() -> None:
    class Wire:
        """A line without a cable; the test gives the turns."""

        def clock(self) -> float:
            return now[0]

        def join(self, talker: Any, *, answered: bool) -> int:
            assert answered
            return 0

        def wake(self) -> None:
            pass

    def turns(count: int) -> str:
        """What the board shows after so many slow frames."""
        for _ in range(count):
            now[0] += 0.2
            assert (due := sign.due(now[0])) is not None
            assert due <= now[0]
            frame = sign.say(now[0])
            slave.feed(frame.data)
            sign.said(frame, Verdict.DONE, "", now[0])
        return slave.lit()[0]

    now = [100.0]
    (sheet,) = CounterStation.model_validate({"signs": {"led": LED}}).signs.values()
    assert isinstance(sheet, ModbusSheet)
    slave, make = ModbusSlave(sheet, 1), ModbusBoard(1, RegisterMap(0, "ascii_per_reg", Cells(4, "left"), 6))
    sign = BoardSign(Wire(), make, resend_s=8.0, name="sign")  # type: ignore[arg-type]
    sign.opened(now[0])
    sign.show(SignFace("A015", blink=True))
    assert sign.hurry() is Hurry.NEWS
    assert turns(5) == "A015"
    assert sign.hurry() is Hurry.UPKEEP
    sign.show(SignFace("A026", blink=True))
    assert sign.hurry() is Hurry.NEWS
    assert turns(3) == "A01-"
    sign.show(SignFace("B777"))
    assert turns(5) == "B777"
    for _ in range(3):
        sign.said(sign.say(now[0]), Verdict.SILENT, "no answer", now[0])
    assert sign.hurry() is Hurry.IN_VAIN


def test_a_point_and_an_attribute_are_written_after_the_number() -> None:
    attribute = (2, {Look.STEADY: 5, Look.BLINK: 6})
    registers = RegisterMap(0, "bcd", Cells(4), 6, {Look.DARK: 0xFFFF}, attribute, (1, 9))
    frames = list(ModbusBoard(1, registers).frames(Shown(Look.BLINK, "12")))
    assert [frame.data[:-2].hex(" ") for frame in frames] == [
        "01 06 00 00 ff 12",
        "01 06 00 01 00 09",
        "01 06 00 02 00 06",
    ]
