"""The hall TV as a process, observed through its control port."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
import urllib3

from support.forked_programs import start_program
from support.http_pools import http_pool
from support.server_process import free_ports
from support.waiting import PATIENCE_S


class TvProcess:
    """The running program and its control port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self._base = process, f"http://127.0.0.1:{port}"
        self._pool = http_pool(retries=urllib3.Retry(connect=8, read=0, backoff_factor=0.05), timeout=40.0)
        self._frame = 0

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request("GET", self._base + path)

    def state(self) -> dict[str, Any]:
        return self.get("/state").json()  # type: ignore[no-any-return]

    def speech(self) -> dict[str, Any]:
        return self.get("/speech").json()  # type: ignore[no-any-return]

    def until(self, **wanted: object) -> dict[str, Any]:
        """Wait for frames until the state has the values of ``wanted``, and return the state."""
        for _ in range(40):
            state = self.state()
            if all(state.get(name) == value for name, value in wanted.items()):
                return state
            self._next_frame()
        raise AssertionError(f"the state never had {wanted}; it is {self.state()}")

    def _next_frame(self) -> None:
        answer = self.get(f"/frame.png?after={self._frame}&wait_s=15")
        if answer.status == 200:
            self._frame = int(answer.headers["X-Frame"])


@contextmanager
def running_tv(folder: Path, broker: str, server: str, office: str, *, sound: str = "dummy") -> Iterator[TvProcess]:
    """Run the display as station ``tv-1`` until the block ends. Its log is ``tv.log`` in ``folder``.

    ``sound``: SDL's sound driver; "dummy" takes as long as playing and makes no sound.
    """
    control = free_ports(1)[0]
    settings = {
        "machine": {"state": str(folder / "state")},
        "link": {"server": server, "broker": broker, "office": office},
        "display": {
            "control": f"127.0.0.1:{control}",
            "screen": {"width_px": 1920, "height_px": 1080, "width_mm": 941.0, "fullscreen": False},
        },
    }
    (folder / "tv.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    process = start_program(
        ["-m", "display.app", "--config", str(folder / "tv.toml")],
        folder / "tv.log",
        SDL_VIDEODRIVER="offscreen",
        SDL_AUDIODRIVER=sound,
    )
    try:
        yield TvProcess(process, control)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
