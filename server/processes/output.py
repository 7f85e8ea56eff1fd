"""Reads the output of a child process and passes it on line by line."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from server.processes.event_loop import EventLoop

READ_BYTES = 65536


class OutputReader:
    """Passes each whole line of ``pipe`` to ``write_line``. Used only in the loop's thread."""

    def __init__(self, pipe: IO[bytes], loop: EventLoop, write_line: Callable[[bytes], None]) -> None:
        self._pipe, self._loop, self._write_line = pipe, loop, write_line
        self._unfinished = b""
        os.set_blocking(pipe.fileno(), False)
        loop.watch(pipe.fileno(), self.read)

    def read(self) -> None:
        """Pass on the lines that have arrived. Close the reader at the end of the output."""
        if self._pipe.closed:
            return
        data = b""
        with suppress(BlockingIOError):
            data = os.read(self._pipe.fileno(), READ_BYTES)
            if not data:
                self.close()
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._write_line(line)

    def close(self) -> None:
        """Pass on an unfinished line and close the pipe."""
        if self._pipe.closed:
            return
        if self._unfinished:
            self._write_line(self._unfinished)
            self._unfinished = b""
        self._loop.unwatch(self._pipe.fileno())
        self._pipe.close()
