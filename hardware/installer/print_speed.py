"""Measure a printer's speed by queued replies, and find premature replies."""

import math
from collections.abc import Callable, Iterator, Mapping

from hardware.installer.printer_probe import (
    PROBE_ID,
    ProbeConnection,
    ProbeResult,
    ReplyTimeouts,
    is_fence_reply,
    is_probe_id_reply,
)
from hardware.printers import encode
from hardware.printers.answers.replies import Reply
from hardware.printers.profile import MAX_SPEED_MM_S

RULER_MM, FEED_MM = 60, 30
"""Lengths of paper whose printing and feeding are timed."""
DOTS_PER_MM = 8

QUEUED_REPLIES: Mapping[str, tuple[bytes, Callable[[Reply], bool]]] = {
    "fence": (encode.FENCE, is_fence_reply),
    "process_id": (encode.process_id(PROBE_ID), is_probe_id_reply),
}
"""The question and the test of its reply, for each queued reply by its name in :class:`ProbeResult`."""


def measure_print_speed(
    connection: ProbeConnection,
    result: ProbeResult,
    mono_s: Callable[[], float],
    timeouts: ReplyTimeouts,
    line_bytes_per_s: float | None,
) -> None:
    """Measure the print speed by queued replies behind a ruler of 60 mm.

    A reply before paper can have moved is false, and the ability is removed. The speed stays unknown without a reply,
    where the line limits the speed, and where the delay of replies varies too much. ``line_bytes_per_s``: the speed of
    a serial line; None: another link.
    """
    ruler = encode.RESET + encode.motion_units(encode.USUAL_DPI) + b"".join(_ruler())
    # Replies behind an empty command prove that nothing sent before is pending.
    _reply_delays_s(connection, result, b"", timeouts)
    delays_s = _reply_delays_s(connection, result, ruler, timeouts)
    _remove_premature(result, delays_s, min(result.reply_times_s) + RULER_MM / MAX_SPEED_MM_S)
    transmission_s = 0.0
    if line_bytes_per_s is not None:
        transmission_s = len(ruler) / line_bytes_per_s
        # The line may be slower than paper; a feed is a few bytes for much paper.
        feed = encode.feed(FEED_MM * DOTS_PER_MM)
        feed_delays_s = _reply_delays_s(connection, result, feed, timeouts)
        _remove_premature(result, feed_delays_s, len(feed) / line_bytes_per_s + FEED_MM / MAX_SPEED_MM_S)
    true_delays_s = [delays_s[name] for name in delays_s if getattr(result, name)]
    printing_s = min(true_delays_s, default=math.inf) - result.round_trip_s
    variation_s = max(result.reply_times_s) - min(result.reply_times_s)
    if max(transmission_s, variation_s) < printing_s / 2 < math.inf:
        result.speed_mm_s = min(RULER_MM / printing_s, MAX_SPEED_MM_S)


def _reply_delays_s(
    connection: ProbeConnection, result: ProbeResult, command: bytes, timeouts: ReplyTimeouts
) -> dict[str, float]:
    """Return the delay in s of each known queued reply behind ``command``."""
    known_questions = {name: question for name, question in QUEUED_REPLIES.items() if getattr(result, name)}
    questions = b"".join(question for question, _ in known_questions.values())
    delays_s = connection.request_all(
        command + questions, [is_wanted for _, is_wanted in known_questions.values()], timeouts.print_s
    )
    return dict(zip(known_questions, delays_s, strict=True))


def _remove_premature(result: ProbeResult, delays_s: Mapping[str, float], min_delay_s: float) -> None:
    """Remove from the printer's abilities the replies that came sooner than ``min_delay_s``."""
    for name, delay_s in delays_s.items():
        if delay_s < min_delay_s:
            setattr(result, name, False)
            result.premature = True


def _ruler() -> Iterator[bytes]:
    """Yield a raster ruler of 60 mm, two bytes wide, with a mark each millimetre."""
    rows = RULER_MM * DOTS_PER_MM
    dots = bytearray()
    for row in range(rows):
        on_mm, on_cm = row % DOTS_PER_MM == 0, row % (10 * DOTS_PER_MM) == 0
        dots += b"\xff\xff" if on_cm else b"\xff\x00" if on_mm else b"\xc0\x00"
    for first in range(0, rows, encode.MAX_FRAGMENT_ROWS):
        part = dots[2 * first : 2 * min(rows, first + encode.MAX_FRAGMENT_ROWS)]
        yield b"\x1dv0\0\x02\0" + bytes([len(part) // 2, 0]) + encode.without_real_time_commands(bytes(part))
