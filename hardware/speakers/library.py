"""What the sound library says by itself, told apart from what we say."""

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
def its_words_to_the_log() -> Iterator[None]:
    """Lines that ALSA writes to standard error meanwhile become debug lines of the log; all others still go there.

    A machine without a sound card makes it write a dozen that look like a crash. SDL's own error says the same in
    one line, and is reported.
    """
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, STDERR)
            os.close(kept)
            caught.seek(0)
            for line in caught:
                if line.startswith(PREFIX):
                    log.debug("%s", line.decode("utf-8", "replace").rstrip())
                else:
                    os.write(STDERR, line)
