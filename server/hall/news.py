"""What the page shows, in the reader's language, from the parts of the scene: pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.words import Words
from server.hall import says
from server.hall.scene import Line

Parts = Mapping[str, Any]
POWER = ("server", "broker")


def news(parts: Parts, lines: Sequence[Line], desks: Sequence[str], w: Words, zone: ZoneInfo) -> dict[str, Any]:
    """Everything that changes on the page. ``desks`` are the ids of the counters with simulated devices."""
    return {
        "kiosk": parts.get("kiosk"),
        "tv": parts.get("tv"),
        "speech": speech(parts.get("speech"), w),
        "printer": printer(parts.get("printer"), w),
        "counters": [counter(desk, parts, w) for desk in desks],
        "faults": list(faults(parts, w)),
        "log": [{"time": hms(line.at_ms, zone), "text": says.sentence(w, line)} for line in lines],
        "morning": morning(parts.get("morning"), w),
        "speed": parts.get("speed", 1),
    }


def hms(wall_ms: int, zone: ZoneInfo) -> str:
    """The hall's time of day, 24 h."""
    return f"{datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone):%H:%M:%S}"


def speech(spoken: Mapping[str, Any] | None, w: Words) -> dict[str, Any] | None:
    """The announcement being read, or the last one; None when nothing was announced."""
    if not spoken or not spoken.get("id"):
        return None
    times = ""
    if spoken.get("times") and spoken.get("of"):
        times = w("virtual", "lần {n}/{max}", n=spoken["times"], max=spoken["of"])
    return {
        "id": spoken["id"],
        "caption": spoken.get("caption", ""),
        "times": times,
        "playing": bool(spoken.get("playing")),
    }


def printer(told: Mapping[str, Any] | None, w: Words) -> dict[str, Any] | None:
    """Paper left, the newest slip that nobody took, and whether paper is in; None when the printer is away."""
    if told is None:
        return None
    here = [slip for slip in told["slips"] if not slip["taken"]]
    newest = here[-1] if here else None
    slip = None
    if newest is not None:
        slip = {
            "n": newest["n"],
            "picture": f"{newest['n']}-{newest['rows']}-{int(newest['cut'])}",
            "finished": newest["cut"],
        }
    return {
        "left": w("virtual", "còn {n} m giấy", n=round(told["left_mm"] / 1000)),
        "paper": told["paper"],
        "printing": told["printing"],
        "slip": slip,
    }


def counter(desk: str, parts: Parts, w: Words) -> dict[str, Any]:
    """A counter's card: name, mark and what its sign shows."""
    label = labels(parts).get(desk, desk)
    mark = mark_of(desk, parts)
    sign, keypad, pad = (device(parts, f"{kind}-{desk}") for kind in ("sign", "keypad", "pad"))
    shown = str(sign.get("text", "")).strip() if sign is not None else ""
    alt = (
        w("virtual", "Bảng số quầy {counter}: {text}", counter=label, text=shown)
        if shown
        else w("virtual", "Bảng số quầy {counter}: không hiện số", counter=label)
    )
    return {
        "id": desk,
        "label": w("virtual", "Quầy {counter}", counter=label),
        "mark": mark,
        "mark_text": says.COUNTERS[mark](w) if mark is not None else "",
        "sign": alt,
        "picture": digest(sign) if sign is not None else None,
        "lit": bool(shown),
        "blinks": bool(sign is not None and sign.get("blinking")),
        "model": str(sign.get("model", "")).upper() if sign is not None else "",
        "lamp": any(one is not None and one.get("lamp") for one in (keypad, pad)),
    }


def mark_of(desk: str, parts: Parts) -> str | None:
    """What the board says of a counter; ``stale`` when the board may be old, None before there is one."""
    board = parts.get("board")
    if board is None:
        return None
    if not parts.get("fresh"):
        return "stale"
    found = next((one for one in board["counters"] if one["id"] == desk), None)
    if found is None:
        return None
    if found["ticket"] is not None and found["ticket"]["state"] in says.COUNTERS:
        return str(found["ticket"]["state"])
    return "ready" if found["state"] == "open" and found["ready"] else str(found["state"])


def labels(parts: Parts) -> dict[str, str]:
    """Label by counter id, from the office's picture."""
    office = parts.get("office")
    return {one["id"]: one["label"] for one in office["counters"]} if office else {}


def device(parts: Parts, wanted: str) -> Mapping[str, Any] | None:
    """One simulated device by its id."""
    return next((one for one in parts.get("devices") or () if one["id"] == wanted), None)


def digest(value: Any) -> str:
    """A short word that changes when ``value`` does."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def faults(parts: Parts, w: Words) -> Iterator[dict[str, Any]]:
    """Groups of switches: the printer's, the hall's own, then one group a counter."""
    told = parts.get("devices") or ()
    for one in told:
        if one["kind"] == "printer":
            yield from _printer_groups(one, w)
    power = parts.get("power") or {}
    if own := [_row("hall", "power", name, "", w, on=power[name]) for name in POWER if name in power]:
        yield {"title": w("virtual", "Máy chủ, kênh truyền tin"), "rows": own}
    for desk, label in _desks(told, labels(parts)).items():
        rows = [row for one in told if _desk_of(one) == desk for row in _rows(one, label, w)]
        yield {"title": w("virtual", "Quầy {counter}", counter=label), "rows": rows}


def _printer_groups(told: Mapping[str, Any], w: Words) -> Iterator[dict[str, Any]]:
    """Its switches as the device groups them; those in no group stand in the last one."""
    rows = {row["fault"]: row for row in _rows(told, "", w)}
    groups = told.get("groups") or {}
    for group in sorted(groups, key=list(says.GROUPS).index):
        yield {"title": says.GROUPS[group](w), "rows": [rows.pop(name) for name in groups[group] if name in rows]}
    if rows:
        yield {"title": w("virtual", "Máy in"), "rows": list(rows.values())}


def _desks(told: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, str]:
    ids = {_desk_of(one): None for one in told if one["kind"] != "printer"}
    return {desk: names.get(desk, desk) for desk in ids}


def _desk_of(told: Mapping[str, Any]) -> str:
    """The counter in a device's id, such as c1 in ``sign-c1``; none for the printer."""
    return str(told["id"]).partition("-")[2]


def _rows(told: Mapping[str, Any], label: str, w: Words) -> Iterator[dict[str, Any]]:
    for name, on in told["faults"].items():
        yield _row(told["id"], told["kind"], name, label, w, on=on)


def _row(device_id: str, kind: str, fault: str, label: str, w: Words, *, on: bool) -> dict[str, Any]:
    values = {"kind": kind, "fault": fault, "counter": label, "device": device_id}
    return {"device": device_id, "fault": fault, "label": says.fault(w, values), "on": on}


def morning(told: Mapping[str, int] | None, w: Words) -> dict[str, Any]:
    """How far the played morning is."""
    if told is None:
        return {"on": False, "text": ""}
    text = w("virtual", "Buổi sáng mẫu: {done}/{all} người đã đến", done=told["done"], all=told["all"])
    return {"on": True, "text": text}
