"""SIGTERM ends a program whose main thread waits for a screen or holds a lock."""

import os
import signal
import subprocess
import sys

import pytest

from support.server_process import ROOT

WITHIN_S = 30.0
# Nothing happens on this screen, and it is waited for a minute at a time.
WAITING_FOR_A_SCREEN = """
from config.program import on_stop_signal
from hardware.screens.panel import Panel
from hardware.screens.window import WindowClosed, Inbox, Window

window = Window(Panel(64, 48, 64, canvas_mm=(64.0, 48.0)), title="", fullscreen=False)
assert not window.offscreen
inbox = Inbox()
on_stop_signal(lambda: inbox.put(WindowClosed()))
while window.wait(inbox, 0.01):
    pass
print("ready", flush=True)
while not any(isinstance(what, WindowClosed) for what in window.wait(inbox, 60.0)):
    pass
"""
# The signal comes just when the main thread holds what `stop` needs; an Event has such a lock inside.
HOLDING_A_LOCK = """
import threading
from config.program import on_stop_signal

lock, over = threading.Lock(), threading.Event()

def stop():
    with lock:
        over.set()

on_stop_signal(stop)
with lock:
    print("ready", flush=True)
    input()
over.wait()
"""


@pytest.mark.parametrize("program", [WAITING_FOR_A_SCREEN, HOLDING_A_LOCK], ids=["a screen", "a lock"])
def test_a_program_is_stopped_whatever_its_main_thread_is_at(program: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SDL_VIDEODRIVER": "dummy"}
    command, pipe = [sys.executable, "-c", program], subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdin is not None and process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.wait(WITHIN_S) == 0
        finally:
            process.kill()
