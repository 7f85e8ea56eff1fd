"""Adapters that hear themselves.

A cheap RS-485 adapter leaves its receiver on while it sends, so every byte comes back. To a board that confirms by
repeating (Modbus function 6) such an echo is word for word the answer: a dead board would look well. And keypads on the
same line would seem to press what was sent to a sign. So before anybody is believed the line says something that no
device answers, and listens whether it comes back. Where nobody is to be heard it does not ask: what comes back there is
passed over if it is what was said, and of anybody else otherwise.
"""

# Not the beginning of any frame in use, too short for one of Modbus, and not what a loose cable sounds like.
PROBE = b"\x00\x7f\x00"
PROBE_S = 0.15  # adapters on USB, and serial servers, keep bytes back for some 16 ms
LATE_S = 1.0  # what is not back by then was lost on its way, and must not be looked for in what comes next


class Echo:
    """What is known of one open port. ``comes``: None until it was asked."""

    def __init__(self) -> None:
        self.comes: bool | None = None
        self.asked_until: float | None = None
        self._heard = self._own = b""
        self._own_until = float("-inf")

    def ask(self, until: float) -> None:
        """``PROBE`` was written; if it is not back ``until`` then, there is no echo."""
        self.asked_until, self._heard, self._own = until, b"", b""

    def give_up(self, now: float) -> bytes:
        """When the time to wait is over: no echo; what was heard instead."""
        if self.asked_until is None or now < self.asked_until:
            return b""
        self.comes, self.asked_until = False, None
        return self._heard

    def wrote(self, data: bytes, left_at: float, now: float) -> None:
        """``data``, which will have left at ``left_at``, comes back, if anything does; behind what has not yet."""
        if self.comes is False:
            return
        self._own = data if now >= self._own_until else self._own + data
        self._own_until = left_at + LATE_S

    def others(self, data: bytes, now: float) -> bytes:
        """What of ``data`` was said by somebody else."""
        if self.asked_until is not None:
            self._heard += data
            before, probe, after = self._heard.partition(PROBE)
            if not probe:
                return b""
            self.comes, self.asked_until = True, None
            return before + after
        expected = self._own[: len(data)] if now < self._own_until else b""
        if not data.startswith(expected):  # somebody talked at the same time: nothing of it can be trusted to be ours
            self._own = b""
            return data
        self._own = self._own[len(expected) :]
        return data[len(expected) :]
