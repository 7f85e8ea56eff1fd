"""The fault switches of the virtual hall's page, in groups; pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.words import Words
from server.hall.virtual import texts

Device = Mapping[str, Any]
"""A simulated device as its control port's ``/devices`` describes it: id, kind, faults (name -> whether it is on)."""

POWER_SWITCHES = ("server", "broker")


def fault_groups(
    devices: Sequence[Device], power: Mapping[str, bool], labels: Mapping[str, str], w: Words
) -> Iterator[dict[str, Any]]:
    """Yield groups of switches: the printer's, the hall's own, then one group per counter.

    ``power``: whether the server and the broker are off; ``labels``: the label of each counter by its id.
    """
    for device in devices:
        if device["kind"] == "printer":
            yield from _printer_groups(device, w)
    if hall_rows := [_row("hall", "power", name, "", w, on=power[name]) for name in POWER_SWITCHES if name in power]:
        yield {"title": w("virtual", "Máy chủ, kênh truyền tin"), "rows": hall_rows}
    for counter in dict.fromkeys(_counter_of(device) for device in devices if device["kind"] != "printer"):
        label = labels.get(counter, counter)
        rows = [row for device in devices if _counter_of(device) == counter for row in _rows(device, label, w)]
        yield {"title": w("virtual", "Quầy {counter}", counter=label), "rows": rows}


def _printer_groups(printer: Device, w: Words) -> Iterator[dict[str, Any]]:
    """Yield the switches in the printer's groups; those without a group come last."""
    rows = {row["fault"]: row for row in _rows(printer, "", w)}
    groups = printer.get("groups") or {}
    for group in sorted(groups, key=list(texts.PRINTER_GROUPS).index):
        grouped = [rows.pop(name) for name in groups[group] if name in rows]
        yield {"title": texts.PRINTER_GROUPS[group](w), "rows": grouped}
    if rows:
        yield {"title": w("virtual", "Máy in"), "rows": list(rows.values())}


def _counter_of(device: Device) -> str:
    """Return the counter in a device's id: c1 in ``sign-c1``, "" in ``printer``."""
    return str(device["id"]).partition("-")[2]


def _rows(device: Device, label: str, w: Words) -> Iterator[dict[str, Any]]:
    for name, on in device["faults"].items():
        yield _row(device["id"], device["kind"], name, label, w, on=on)


def _row(device_id: str, kind: str, fault: str, label: str, w: Words, *, on: bool) -> dict[str, Any]:
    values = {"kind": kind, "fault": fault, "counter": label, "device": device_id}
    return {"device": device_id, "fault": fault, "label": texts.fault_text(w, values), "on": on}
