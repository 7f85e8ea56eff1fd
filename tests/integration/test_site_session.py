"""The kiosk's X11 session with a real X server, the real kiosk, and its screen."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import tomli_w
from PIL import Image

from hardware.screens.theme import DAY, Colour
from support.server_process import ROOT, free_ports, need
from support.waiting import PATIENCE_S, until

SESSION = ROOT / "packaging/session/x11"
WIDTH, HEIGHT = 768, 1366
PAPER = DAY.rgb(Colour.PAPER)  # the kiosk has drawn over the black of a bare X server


@contextmanager
def session(folder: Path, **environment: str) -> Iterator[tuple[str, socket.socket]]:
    """Run xinit with Xvfb as luot-screen.service does; yield its display and notices."""
    for program in ("xset", "xrandr", "xinput", "xhost", "systemd-notify"):
        need(program)
    number = next(n for n in range(90, 200) if not Path(f"/tmp/.X{n}-lock").exists())
    address = str(folder / "notify")
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(address)
    ear.settimeout(30)
    server = [
        str(SESSION.with_name("x-server")),
        f":{number}",
        "-screen",
        "0",
        f"{WIDTH}x{HEIGHT}x24",
        "-fbdir",
        str(folder),
    ]
    with (folder / "session.log").open("wb") as log:
        process = subprocess.Popen(
            [need("xinit"), str(SESSION), "--", *server, "-nolisten", "tcp", "-noreset", "-nocursor"],
            env={
                **os.environ,
                "LUOT_X": need("Xvfb"),
                "NOTIFY_SOCKET": address,
                "LUOT_USER": "root",
                **environment,
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield f":{number}", ear
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            ear.close()


def ready(ear: socket.socket) -> str:
    """Return the session's output once its screens are set."""
    while not (message := ear.recv(4096).decode()).startswith("READY=1"):
        pass
    return message


def glass(folder: Path) -> Image.Image:
    """Return the X server's picture from its memory file, which has xwd's format."""
    raw = (folder / "Xvfb_screen0").read_bytes()
    header = struct.unpack(">25I", raw[:100])
    size, width, height, line, colours = header[0], header[4], header[5], header[12], header[19]
    begin = size + colours * 12
    return Image.frombuffer("RGB", (width, height), raw[begin : begin + line * height], "raw", "BGRX", line, 1)


def kiosk(folder: Path, display: str) -> subprocess.Popen[bytes]:
    server, broker = (f"127.0.0.1:{port}" for port in free_ports(2))
    settings = {
        "machine": {"state": str(folder / "state")},
        "link": {"server": f"http://{server}", "broker": broker},
        "kiosk": {"screen": {"width_px": WIDTH, "height_px": HEIGHT}},
    }
    file = folder / "hall.toml"
    file.write_text(tomli_w.dumps(settings), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
    with (folder / "kiosk.log").open("wb") as log:
        command = [sys.executable, "-m", "kiosk.app", "--config", str(file)]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)


def asked(display: str, *command: str) -> str:
    environment = {**os.environ, "DISPLAY": display}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_kiosk_fills_the_screen_of_its_session(tmp_path: Path) -> None:
    with session(tmp_path) as (display, ear):
        assert "screens: 1" in ready(ear)
        assert glass(tmp_path).getpixel((5, HEIGHT // 2)) == (0, 0, 0)
        process = kiosk(tmp_path, display)
        try:
            corners = [(2, HEIGHT // 3), (WIDTH - 3, HEIGHT // 3), (WIDTH // 2, 2)]
            until(
                lambda: all(glass(tmp_path).getpixel(corner) == PAPER for corner in corners),
                "the kiosk fills the screen",
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait()


def test_the_screen_never_goes_dark_by_itself(tmp_path: Path) -> None:
    with session(tmp_path) as (display, ear):
        ready(ear)
        output = asked(display, "xset", "q")
        assert "timeout:  0" in output and "prefer blanking:  no" in output


def test_only_our_user_may_draw(tmp_path: Path) -> None:
    with session(tmp_path, LUOT_USER="nobody") as (display, ear):
        ready(ear)
        assert "SI:localuser:nobody" in asked(display, "xhost")


@pytest.mark.parametrize("touch", ["", "ILITEK ILITEK-TP:screen"])
def test_an_output_or_a_touchscreen_that_is_not_there_is_said_and_the_rest_goes_on(tmp_path: Path, touch: str) -> None:
    with session(tmp_path, LUOT_OUTPUTS="HDMI-9:left", LUOT_TOUCH=touch) as (_, ear):
        assert ready(ear)
        log = (tmp_path / "session.log").read_text(encoding="utf-8", errors="replace")
        assert "output HDMI-9 is not connected; found: screen" in log
        assert ("touchscreen 'ILITEK ILITEK-TP' is not there" in log) == bool(touch)


def test_the_session_ends_with_its_x_server(tmp_path: Path) -> None:
    with session(tmp_path) as (display, ear):
        ready(ear)
        lock = Path(f"/tmp/.X{display[1:]}-lock")
        os.kill(int(lock.read_text(encoding="ascii")), signal.SIGTERM)
        until(lambda: not lock.exists(), "the X server is gone")
