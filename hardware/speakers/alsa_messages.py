"""Redirects ALSA's own messages on standard error to the log."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

STDERR = 2
PREFIX = b"ALSA lib "


@contextmanager
def alsa_messages_logged() -> Iterator[None]:
    """Log ALSA's lines on standard error as debug messages; pass on other lines.

    On a machine without a sound card ALSA writes a dozen lines that look like a crash. SDL's own error has the same
    content in one line, and is reported.
    """
    sys.stderr.flush()
    original = os.dup(STDERR)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, STDERR)
            os.close(original)
            captured.seek(0)
            for line in captured:
                if line.startswith(PREFIX):
                    log.debug("%s", line.decode("utf-8", "replace").rstrip())
                else:
                    os.write(STDERR, line)
