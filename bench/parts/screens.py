"""Measure the times from a call to every changed screen and to the sound.

One display is the real program; of the others only the connections to the broker exist, all in one process. Beside each
call a retained message of the board's size is published on the same broker, to as many connections.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, WrongAnswer, distribution, percentile
from bench.marked_display import FRAMES_FILE
from bench.servers import COUNTERS, RunningServer, hall_server, move, program
from config.box_token import FILE_NAME
from server.wire.broker_login import box_login
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.server_process import free_ports, request_id
from support.tv_process import TvProcess
from support.waiting import until

DISPLAYS = (1, 10, 100)
CALLS, SPOKEN_CALLS = 30, 4
PAUSE_S = 0.3
"""The pause between two calls; the server has published everything by then."""
TOPICS = Topics("test")
BARE_TOPIC = "bench/board"
BARE_TARGET = Target(Statistic.RATIO, 2.0, 1.5)
SCREENS_TARGET = Target(Statistic.P99, 250.0)
SOUND_TARGET = Target(Statistic.P95, 500.0)
SAMPLE_BYTES = 4_096
QUIET_S = 0.6
"""The silence after which an announcement is over."""


class SoundCard:
    """A pipe in place of a sound card.

    SDL writes the samples into it in real time.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDWR)  # with a writer of our own it has no end
        self._changed = threading.Condition()
        self._first_s: float | None = None
        self._last_s = 0.0
        self._closing = False
        self._thread = threading.Thread(target=self._read, name="sound card")
        self._thread.start()

    def await_silence(self) -> None:
        """Wait until the current announcement is over."""
        until(lambda: time.monotonic() - self._last_s > QUIET_S, "the voice does not end")
        with self._changed:
            self._first_s = None

    def first_sample_s(self) -> float:
        """Return the monotonic time of the first sample after the last ``await_silence``."""
        until(lambda: self._first_s is not None, "no sound")
        assert self._first_s is not None
        return self._first_s

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        os.write(self._pipe, b"\0")
        self._thread.join()
        os.close(self._pipe)

    def _read(self) -> None:
        while not self._closing:
            samples = os.read(self._pipe, SAMPLE_BYTES)
            if samples.count(0) < len(samples):
                with self._changed:
                    self._last_s = time.monotonic()
                    self._first_s = self._first_s or self._last_s


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The process with the other displays' connections."""

    process: "subprocess.Popen[bytes]"
    number: int

    def expect(self, text: str) -> None:
        """Let all connections wait for a message with this text."""
        if self.number:
            assert self.process.stdin is not None
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()
            self.line("ready")

    def arrivals_s(self) -> list[float]:
        """Return when each connection received it. Raises ``WrongAnswer`` when one did not."""
        if not self.number:
            return []
        arrivals: list[float] = json.loads(self.line())
        if len(arrivals) < self.number:
            raise WrongAnswer(f"{len(arrivals)} of {self.number} displays received the message")
        return arrivals

    def line(self, wanted: str = "") -> str:
        """Return the next line of the process; it must be ``wanted``, if that is given."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline().decode().strip()
        if wanted not in ("", text):
            raise WrongAnswer(f"the displays answered {text!r}, not {wanted!r}")
        return text


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Times in ms from a call, and from the publishing of a bare message (``bare``).

    Until the last connection has the new board (``received``), until the real display shows it too (``screens``), and
    until the clerk has the answer (``answer``).
    """

    received: list[float]
    screens: list[float]
    answer: list[float]
    bare: list[float]


def measure(bench: BenchContext) -> list[Figure]:
    """Return the times of calls with 1, 10 and 100 displays, and of the sound."""
    with ExitStack() as stack:
        folder = stack.enter_context(bench.new_folder())
        hall = stack.enter_context(hall_server(folder))
        card = stack.enter_context(closing(SoundCard(folder / "card")))
        stack.enter_context(display(folder, hall))
        bench.progress("call to first sample of sound")
        figures = [distribution("call to first sample", "ms", sound_ms(hall, card), targets=[SOUND_TARGET])]
        for displays in DISPLAYS:
            bench.progress(f"{displays} displays")
            figures += display_figures(displays, call_times(hall, folder, displays))
    return figures


@contextmanager
def display(folder: Path, hall: RunningServer) -> Iterator[None]:
    """Run the real display with its voice; its sound goes to the pipe ``card``."""
    [control] = free_ports(1)
    settings = {
        "machine": {"state": str(folder / "tv-state")},
        "link": {
            "server": hall.files.api,
            "broker": _broker(hall),
            "office": TOPICS.office_id,
            "token_file": str(hall.files.state / FILE_NAME),
        },
        "display": {"control": f"127.0.0.1:{control}", "speaker": {"times": 1}, "screen": {"fullscreen": False}},
    }
    config = folder / "tv.toml"
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    environment = {
        "SDL_VIDEODRIVER": "offscreen",
        "SDL_AUDIODRIVER": "disk",
        "SDL_DISKAUDIOFILE": str(folder / "card"),
    }
    command = [sys.executable, "-m", "bench.marked_display", "--config", str(config)]
    with program(command, folder / "tv.log", environment) as process:
        TvProcess(process, control).until(screen="board")
        yield


def sound_ms(hall: RunningServer, card: SoundCard) -> list[float]:
    """Return the times in ms from each call to its first sample.

    Each call waits for the end of the previous announcement.
    """
    times_ms = []
    for number in range(SPOKEN_CALLS):
        counter = COUNTERS[number % len(COUNTERS)]
        issue(hall)
        card.await_silence()
        time.sleep(PAUSE_S)
        start_s = time.monotonic()
        called = call(hall, counter)
        times_ms.append((card.first_sample_s() - start_s) * 1000)
        serve(hall, counter, called["id"])
    card.await_silence()
    return times_ms


def call_times(hall: RunningServer, folder: Path, displays: int) -> CallTimes:
    """Measure calls, in turn with bare publishes.

    A call goes to the real display and ``displays`` - 1 others, a bare publish to ``displays`` others.
    """
    times = CallTimes([], [], [], [])
    host, port = hall.files.broker
    publisher = MqttConnection(
        host,
        port,
        "bench-publisher",
        topics=[],
        on_message=lambda *_: None,
        on_connection=lambda _: None,
        login=lambda: box_login(hall.files.state),
    )
    with (
        closing(publisher),
        subscribers(folder, hall, displays, BARE_TOPIC) as bare,
        subscribers(folder, hall, displays - 1, TOPICS.board) as others,
    ):
        for number in range(CALLS):
            time_bare(publisher, bare, hall, times)
            number_text = issue(hall)
            time.sleep(PAUSE_S)
            time_call(hall, COUNTERS[number % len(COUNTERS)], number_text, others, folder, times)
    return times


@contextmanager
def subscribers(folder: Path, hall: RunningServer, number: int, topic: str) -> Iterator[Subscribers]:
    """Run ``number`` connections to the broker in a process of their own."""
    host, port = hall.files.broker
    prefix = uuid.uuid4().hex[:6]
    state = str(hall.files.state)
    command = [sys.executable, "-m", "bench.subscribers", host, str(port), state, prefix, str(number), topic]
    with program(command, folder / "subscribers.log", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        others = Subscribers(process, number)
        others.line("connected")
        yield others


def time_bare(publisher: MqttConnection, bare: Subscribers, hall: RunningServer, times: CallTimes) -> None:
    """Publish a retained message of the board's size; add its time to ``times``."""
    _, board = hall.api.get("/board")
    size = len(json.dumps(board, ensure_ascii=False, separators=(",", ":")).encode())
    mark = uuid.uuid4().hex
    bare.expect(mark)
    start_s = time.monotonic()
    publisher.publish(BARE_TOPIC, mark.encode().ljust(size, b"."), retain=True, republish=False)
    times.bare.append((max(bare.arrivals_s()) - start_s) * 1000)


def time_call(
    hall: RunningServer, counter: str, number: str, others: Subscribers, folder: Path, times: CallTimes
) -> None:
    """Call the ticket with this number to a counter; add the times to ``times``."""
    others.expect(f'"number":"{number}"')
    start_s = time.monotonic()
    called = call(hall, counter)
    answered_s = time.monotonic()
    if called["number"] != number:
        raise WrongAnswer(f"{called['number']} was called, not {number}")
    frame_s = until(lambda: _frame_with(folder, number), f"the display does not show {number}")
    arrivals_s = others.arrivals_s()
    assert frame_s is not None
    times.answer.append((answered_s - start_s) * 1000)
    times.screens.append((max([*arrivals_s, frame_s]) - start_s) * 1000)
    if arrivals_s:
        times.received.append((max(arrivals_s) - start_s) * 1000)
    serve(hall, counter, called["id"])


def _frame_with(folder: Path, number: str) -> float | None:
    """Return when the first frame with this number was shown, or None."""
    for line in (folder / FRAMES_FILE).read_text(encoding="utf-8").splitlines():
        frame = json.loads(line)
        if number in frame["numbers"]:
            return float(frame["at_s"])
    return None


def issue(hall: RunningServer) -> str:
    """Issue a ticket; return its number."""
    ticket = hall.api.ok("/tickets", {"request_id": request_id(), "service": "HT", "station": "kiosk-1"})
    return str(ticket["number"])


def call(hall: RunningServer, counter: str) -> dict[str, Any]:
    """Call the next ticket to a counter; return it."""
    answer = hall.api.ok(f"/counters/{counter}/next", {"request_id": request_id(), "station": "counters-1"})
    ticket: dict[str, Any] = answer["ticket"]
    return ticket


def serve(hall: RunningServer, counter: str, ticket: str) -> None:
    """Start and finish a called ticket."""
    move(hall, ticket, counter, "start")
    move(hall, ticket, counter, "finish", outcome="received")


def display_figures(displays: int, times: CallTimes) -> Iterator[Figure]:
    """Yield the figures for a number of displays."""
    others = "1 display" if displays == 1 else f"{displays} displays"
    most = displays == max(DISPLAYS)
    yield distribution(f"bare publish to {others}", "ms", times.bare)
    if times.received:
        yield distribution(
            f"call to board received, {others}",
            "ms",
            times.received,
            ratio=percentile(times.received, 0.99) / percentile(times.bare, 0.99),
            limit="p99 of bare publish",
            targets=[BARE_TARGET] if most else [],
        )
    targets: Sequence[Target] = [SCREENS_TARGET] if most else []
    yield distribution(f"call to every changed screen, {others}", "ms", times.screens, targets=targets)
    yield distribution(f"call to the clerk's answer, {others}", "ms", times.answer)


def _broker(hall: RunningServer) -> str:
    host, port = hall.files.broker
    return f"{host}:{port}"
