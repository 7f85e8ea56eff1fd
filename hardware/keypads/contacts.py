"""Contacts bounce and stick: what a contact sends becomes presses."""

STUCK_S = 3.0
# A key that repeats this quickly is still down, however short its debounce is.
STILL_DOWN_S = 0.25
# A contact bounces for some milliseconds; two equal digits may well come within the debounce of a calling key.
DIGIT_S = 0.06


class Contacts:
    """The contacts of one pad. A key again within ``within_s`` of the *last time it was heard* is the same press, so
    that a stuck key, which repeats for ever, is one press and no more. ``now`` is in monotonic seconds."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._heard: dict[str, tuple[float, float]] = {}  # key: since when without a pause, last heard

    def pressed(self, key: str, now: float) -> bool:
        """Whether ``key``, heard at ``now``, is a new press."""
        since, last = self._heard.get(key, (now, float("-inf")))
        still_down = now - last < max(self._within_s, STILL_DOWN_S)
        self._heard[key] = (since if still_down else now, now)
        return now - last >= (min(self._within_s, DIGIT_S) if key.isdecimal() else self._within_s)

    def stuck(self, now: float) -> str | None:
        """The key that has been sent without a pause for three seconds."""
        for key, (since, last) in tuple(self._heard.items()):
            if last - since >= STUCK_S and now - last < max(self._within_s, STILL_DOWN_S):
                return key
        return None

    def forget(self) -> None:
        self._heard.clear()
