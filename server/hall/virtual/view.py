"""The page model of the virtual hall, in the language of the request; pure functions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.words import Words
from server.hall.virtual import texts
from server.hall.virtual.fault_view import fault_groups
from server.hall.virtual.state import LogEntry
from server.wire.messages import CounterStateName

Parts = Mapping[str, Any]
"""The parts of ``HallState`` by name."""


def page_view(
    parts: Parts, log: Sequence[LogEntry], counters: Sequence[str], w: Words, zone: ZoneInfo
) -> dict[str, Any]:
    """Return everything that changes on the page, as JSON for ``virtual.js``.

    ``counters``: the ids of those with simulated devices.
    """
    labels = counter_labels(parts.get("office"))
    return {
        "kiosk": parts.get("kiosk"),
        "tv": parts.get("tv"),
        "speech": speech_view(parts.get("speech"), w),
        "printer": printer_view(parts.get("printer"), w),
        "counters": [counter_view(counter, parts, w) for counter in counters],
        "faults": list(fault_groups(parts.get("devices") or (), parts.get("power") or {}, labels, w)),
        "log": [{"time": time_of_day(entry.at_ms, zone), "text": texts.log_sentence(w, entry)} for entry in log],
        "morning": morning_view(parts.get("morning"), w),
        "speed": parts.get("speed", 1),
    }


def time_of_day(wall_ms: int, zone: ZoneInfo) -> str:
    """Return the hall's time of day, 24 h."""
    return f"{datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone):%H:%M:%S}"


def speech_view(speech: Mapping[str, Any] | None, w: Words) -> dict[str, Any] | None:
    """Return the announcement that is spoken or was spoken last; None before the first.

    ``times`` in ``speech``: which reading it is, of ``of`` readings.
    """
    if not speech or not speech.get("id"):
        return None
    times = ""
    if speech.get("times") and speech.get("of"):
        times = w("virtual", "lần {n}/{max}", n=speech["times"], max=speech["of"])
    return {
        "id": speech["id"],
        "caption": speech.get("caption", ""),
        "times": times,
        "playing": bool(speech.get("playing")),
    }


def printer_view(printer: Mapping[str, Any] | None, w: Words) -> dict[str, Any] | None:
    """Return the printer's paper and its newest slip that was not taken. None without a printer.

    ``left``: how much paper is left, as a text. ``picture`` changes whenever the slip's picture does.
    """
    if printer is None:
        return None
    slips = [slip for slip in printer["slips"] if not slip["taken"]]
    newest = slips[-1] if slips else None
    slip_view = None
    if newest is not None:
        slip_view = {
            "n": newest["n"],
            "picture": f"{newest['n']}-{newest['rows']}-{int(newest['cut'])}",
            "finished": newest["cut"],
        }
    return {
        "left": w("virtual", "còn {n} m giấy", n=round(printer["left_mm"] / 1000)),
        "paper": printer["paper"],
        "printing": printer["printing"],
        "slip": slip_view,
    }


def counter_view(counter: str, parts: Parts, w: Words) -> dict[str, Any]:
    """Return a counter's card: name, mark of its state, sign and lamps.

    ``sign``: a text in place of the sign's picture; ``picture``: changes whenever the picture does, None without a
    sign; ``lit``: it shows something; ``blinks``: its text blinks now; ``model``: the kind of sign in the settings.
    ``lamp``: a lamp of the keypad or the rating pad is lit.
    """
    label = counter_labels(parts.get("office")).get(counter, counter)
    mark = counter_mark(counter, parts)
    sign, keypad, pad = (find_device(parts, f"{kind}-{counter}") for kind in ("sign", "keypad", "pad"))
    sign_text = str(sign.get("text", "")).strip() if sign is not None else ""
    sign_description = (
        w("virtual", "Bảng số quầy {counter}: {text}", counter=label, text=sign_text)
        if sign_text
        else w("virtual", "Bảng số quầy {counter}: không hiện số", counter=label)
    )
    return {
        "id": counter,
        "label": w("virtual", "Quầy {counter}", counter=label),
        "mark": mark,
        "mark_text": texts.COUNTER_MARKS[mark](w) if mark is not None else "",
        "sign": sign_description,
        "picture": short_hash(sign) if sign is not None else None,
        "lit": bool(sign_text),
        "blinks": bool(sign is not None and sign.get("blinking")),
        "model": str(sign.get("model", "")).upper() if sign is not None else "",
        "lamp": any(device is not None and device.get("lamp") for device in (keypad, pad)),
    }


def counter_mark(counter: str, parts: Parts) -> str | None:
    """Return the mark of the counter's state, a key of ``texts.COUNTER_MARKS``.

    "stale": the board may be old; None: there is no board.
    """
    board = parts.get("board")
    if board is None:
        return None
    if not parts.get("fresh"):
        return "stale"
    entry = next((entry for entry in board["counters"] if entry["id"] == counter), None)
    if entry is None:
        return None
    if entry["ticket"] is not None and entry["ticket"]["state"] in texts.COUNTER_MARKS:
        return str(entry["ticket"]["state"])
    return "ready" if entry["state"] == CounterStateName.OPEN and entry["ready"] else str(entry["state"])


def counter_labels(office: Mapping[str, Any] | None) -> dict[str, str]:
    """Return label by counter id, from the office's picture."""
    return {counter["id"]: counter["label"] for counter in office["counters"]} if office else {}


def find_device(parts: Parts, device_id: str) -> Mapping[str, Any] | None:
    """Return a simulated device by its id."""
    return next((device for device in parts.get("devices") or () if device["id"] == device_id), None)


def short_hash(value: Any) -> str:
    """Return a short text that changes when ``value`` does."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def morning_view(morning: Mapping[str, int] | None, w: Words) -> dict[str, Any]:
    """Return how many visitors of the sample morning have come."""
    if morning is None:
        return {"on": False, "text": ""}
    text = w("virtual", "Buổi sáng mẫu: {done}/{all} người đã đến", done=morning["done"], all=morning["all"])
    return {"on": True, "text": text}
