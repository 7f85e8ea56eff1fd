"""The hall TV as a process, with both kinds of real brokers, frames and sound."""

import io
import json
import queue
import threading
import wave
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.settings import BrokerSettings
from server.wire.messages import Board, Office, Read, ServerBeat
from server.wire.topics import Topics
from support.board_pictures import board, call, office
from support.brokers import Listener, RestartableBroker
from support.server_process import free_ports
from support.tv_process import TvProcess, running_tv
from support.waiting import PATIENCE_S

TOPICS = Topics("mau")
A15, B22 = call(1, "A015", "c2"), call(2, "B022", "c3")


class Door:
    """The server's side of HTTP: two pictures, and the acknowledgements."""

    def __init__(self) -> None:
        self.board, self.office = board(1), office()
        self.seen: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._requests())
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def acknowledged(self) -> tuple[str, str | None]:
        path, body = self.seen.get(timeout=PATIENCE_S)
        assert body["station"] == "tv-1"
        return path.split("/")[-2], body.get("spoken")

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _requests(door) -> type[BaseHTTPRequestHandler]:
        class Request(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(door.board if self.path.endswith("/board") else door.office)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                door.seen.put((self.path, body))
                self.send_response(204)
                self.end_headers()

            def _answer(self, picture: Read) -> None:
                content = picture.model_dump_json(by_alias=True).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Request


class Hall:
    """A broker, the server's doors and a voice on MQTT, round one display."""

    def __init__(self, place: RestartableBroker, folder: Path) -> None:
        self.place, self.folder, self.door = place, folder, Door()
        self.server: Listener = place.listen("server", TOPICS.all_status)
        self.beats = 0

    def say(self, picture: Board | Office) -> None:
        topic = TOPICS.board if isinstance(picture, Board) else TOPICS.office
        self.server.feed.publish(topic, picture.model_dump_json(by_alias=True).encode(), retain=True)

    def beat(self, epoch: str = "e1") -> None:
        self.beats += 1
        beat = ServerBeat(online=True, epoch=epoch, at=f"2026-11-23T01:42:{self.beats:02d}.000Z")
        self.server.feed.publish(TOPICS.server, beat.model_dump_json().encode(), retain=True, republish=False)

    def status(self, topic: str, **wanted: object) -> dict[str, Any]:
        """Return the message under ``topic`` once it has the values of ``wanted``."""

        def fits(message: tuple[str, bytes]) -> bool:
            if message[0] != topic:
                return False
            body = json.loads(message[1])
            return all(body.get(name) == value for name, value in wanted.items())

        return json.loads(self.server.wait(fits)[1])  # type: ignore[no-any-return]

    def tv(self, sound: str = "dummy") -> AbstractContextManager[TvProcess]:
        return running_tv(self.folder, self.place.settings.listen, self.door.url, "mau", sound=sound)


BOTH_BROKERS = pytest.mark.parametrize("hall", ["embedded", "mosquitto"], indirect=True)


@pytest.fixture
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    settings = BrokerSettings(kind=getattr(request, "param", "embedded"), listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = RestartableBroker(settings, tmp_path, feeds)
        place.start()
        hall = Hall(place, tmp_path)
        yield hall
        hall.door.close()
        feeds.close()
        place.stop()


@BOTH_BROKERS
def test_a_call_is_shown_spoken_served_as_a_file_and_acknowledged(hall: Hall) -> None:
    with hall.tv() as tv:
        tv.until(screen="board", rev=1)
        hall.say(board(2, [A15]))
        tv.until(screen="call", number="A015", counter="2")
        assert hall.door.acknowledged() == ("k-1", None)
        speech = tv.speech()
        assert speech == {
            "id": "k-1",
            "caption": "Kính mời công dân có số thứ tự A không một năm, đến quầy số hai",
            "number": "A015",
            "counter": "2",
            "times": 1,
            "of": 2,
            "playing": True,
        }
        with wave.open(io.BytesIO(tv.get("/speech/k-1.wav").data)) as sound:
            assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 22_050)
            assert 6 < sound.getnframes() / 22_050 < 11
        assert tv.get("/speech/k-2.wav").status == 404
        assert hall.door.acknowledged() == ("k-1", "yes")
        assert tv.process.poll() is None


def test_after_being_killed_in_the_middle_of_a_word_it_shows_the_call_and_speaks_nothing_old(hall: Hall) -> None:
    with hall.tv() as tv:
        tv.until(screen="board")
        hall.say(board(2, [A15]))
        tv.until(screen="call", number="A015")
        assert tv.speech()["playing"]
        tv.process.kill()
        tv.process.wait(PATIENCE_S)
    hall.door.board = board(2, [A15])
    with hall.tv() as tv:
        state = tv.until(screen="board", rev=2)
        assert state["calls"] == [{"number": "A015", "counter": "2", "calling": True}]
        assert tv.speech() == {}
        hall.say(board(3, [A15, B22]))
        tv.until(screen="call", number="B022")
        assert tv.speech()["id"] == "k-2"


def test_it_tells_of_itself_its_screen_and_its_speaker_and_that_it_leaves(hall: Hall) -> None:
    status = TOPICS.status("tv-1")
    with hall.tv() as tv:
        assert hall.status(status, online=True)["kind"] == "display"
        tv.until(screen="board")
    assert tv.process.returncode == 0
    hall.status(status, online=False)
    late = hall.place.listen("late", TOPICS.device("tv-1", "+"))
    reports: dict[str, dict[str, Any]] = {}
    while set(reports) != {"screen", "speaker"}:
        body = json.loads(late.messages.get(timeout=PATIENCE_S)[1])
        reports[body["device"]] = body
    assert reports["screen"]["state"] == "ready"
    assert reports["speaker"]["state"] == "ready"


def test_without_a_sound_card_the_call_is_shown_and_acknowledged_as_not_spoken(hall: Hall) -> None:
    with hall.tv(sound="no-such-driver") as tv:
        tv.until(screen="board")
        hall.say(board(2, [A15]))
        tv.until(screen="call", number="A015")
        assert hall.door.acknowledged() == ("k-1", None)
        assert hall.door.acknowledged() == ("k-1", "no_audio")
        assert hall.status(TOPICS.device("tv-1", "speaker"))["code"] == "no_audio"


def test_messages_that_nobody_understands_change_nothing(hall: Hall) -> None:
    with hall.tv() as tv:
        tv.until(screen="board", rev=1)
        for garbage in (b"", b"{", b"[]", b'{"v":2}', b"\xff\xfe", b'{"v":1,"office":"mau","epoch":"e1","rev":"x"}'):
            hall.server.feed.publish(TOPICS.board, garbage, retain=False)
            hall.server.feed.publish(TOPICS.server, garbage, retain=False)
        hall.say(board(2, [A15]))
        tv.until(screen="call", number="A015")
    assert tv.process.returncode == 0


def test_silence_of_the_server_is_marked_and_a_beat_heals_it(hall: Hall) -> None:
    hall.door.board = board(1, [A15])
    with hall.tv() as tv:
        hall.beat()
        tv.until(screen="board", stale=None)
        stale = tv.until(calls=[{"number": "A015", "counter": "2", "calling": False}])
        assert stale["stale"].startswith("Mất kết nối. Thông tin cập nhật lúc ")
        hall.beat()
        tv.until(stale=None, calls=[{"number": "A015", "counter": "2", "calling": True}])


@BOTH_BROKERS
def test_a_broker_that_comes_back_is_followed_by_a_fresh_look_at_the_server(hall: Hall) -> None:
    with hall.tv() as tv:
        tv.until(screen="board", rev=1)
        hall.place.stop()
        hall.door.board = board(1, [A15, B22], epoch="e2")
        hall.door.office = office(epoch="e2")
        hall.place.start()
        tv.until(screen="call", number="A015", epoch="e2")
