"""The first start, and every start."""

from datetime import UTC, tzinfo
from typing import Any

from sqlalchemy import insert

from config.clock import Now
from config.office import OfficeFile, Procedure
from server.domain.dating import doubt_at_boot
from server.store import tables as t
from server.store.facts import SYSTEM, Kind
from server.store.journal import Tx
from server.store.office import office_rev


def start(tx: Tx, now: Now, office_file: OfficeFile) -> bool:
    """To be asked once at every start of the server: fills the office at the first, notes a new boot.

    Returns whether this was the first start. ``office_file`` is not looked at later.
    """
    booted(tx, now)
    if office_rev(tx.connection):
        return False
    tx.record(Kind.OFFICE_LOADED, SYSTEM, now, data=_rows(office_file))
    names = [{"clerk": one.id, "name": one.name} for one in office_file.clerks]
    if names:
        tx.connection.execute(insert(t.clerk_name), names)
    return True


def booted(tx: Tx, now: Now) -> None:
    """After a reboot queue time goes on from its last value, and the wall clock is judged."""
    head = tx.head
    if head.base_boot_id == tx.boot_id:
        return
    sure_ms = head.sure_ms if head.doubt is not None else (head.at_ms if head.seq else None)
    doubt = doubt_at_boot(now.wall_ms, sure_ms, head.doubt, _zone(tx))
    judged = {"doubt": doubt, "sure_ms": None if doubt is None else sure_ms}
    tx.record(Kind.BOOTED, SYSTEM, now, data={"queue_ms": tx.queue_ms(now), **judged})


def _zone(tx: Tx) -> tzinfo:
    """The office's zone; before the first start has filled the office nothing is compared yet."""
    return tx.office.zone if office_rev(tx.connection) else UTC


def _rows(office: OfficeFile) -> dict[str, list[dict[str, Any]]]:
    """The office as rows of its tables. Names of clerks stay out: they may not enter the journal."""
    services = [one.model_dump(mode="json") | {"pos": pos} for pos, one in enumerate(office.services)]
    clerks = [
        {"id": one.id, "pos": pos, "role": one.role, "services": one.services} for pos, one in enumerate(office.clerks)
    ]
    counters = [
        {"id": one.id, "pos": pos, "label": one.label, "clerk": one.clerk, "zone": one.zone}
        for pos, one in enumerate(office.counters)
    ]
    served = [
        {"counter": one.id, "service": service, "pos": pos}
        for one in office.counters
        for pos, service in enumerate(one.services)
    ]
    return {
        "office": [
            {
                "id": office.id,
                "rev": 1,
                "name": office.name,
                "zone": office.zone,
                "hotline": office.hotline,
                "hours": office.model_dump(mode="json")["hours"],
                "rules": office.rules.model_dump(mode="json"),
            }
        ],
        "service": services,
        "clerk": clerks,
        "counter": counters,
        "counter_service": served,
        "procedure": [_procedure(one, pos) for pos, one in enumerate(office.procedures)],
        "calendar": _calendar(office),
    }


def _procedure(procedure: Procedure, pos: int) -> dict[str, Any]:
    return procedure.model_dump(mode="json") | {"pos": pos}


def _calendar(office: OfficeFile) -> list[dict[str, Any]]:
    names = {one.date: one.name for one in office.holidays}
    spans = {one.date: one.hours for one in office.days}
    return [{"date": date, "name": names.get(date), "spans": spans.get(date)} for date in sorted({*names, *spans})]
