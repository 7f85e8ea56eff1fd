"""``luot-hardware health``: show the health of this machine's devices.

A running station holds its devices, so the server is asked for its last reports, with the station's own credentials.
The devices of other stations are opened for a moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from config.settings import Settings
from hardware.installer import phrases
from hardware.installer.context import InstallerContext
from hardware.installer.devices import address_of, holder_of, open_devices, read_healths, sign_nodes
from hardware.installer.findings import Finding, Level, run_checks
from hardware.installer.station_link import ServerAnswer, ServerContact, StationEnrolment, StationLink, ask, links_of
from hardware.open.printer_profile import profile_of
from hardware.ports import DeviceHealth, HealthState
from hardware.printers.answers.status import QUESTIONS

DEVICE_TIMEOUT_S = 4.0
NOT_ASKED = ServerAnswer(ServerContact.SILENT, {})


def run(context: InstallerContext, *, json_wanted: bool) -> int:
    """Print a table or JSON; the exit code is the worst level."""
    return run_checks(context, (findings,), json_wanted=json_wanted)


def findings(context: InstallerContext, settings: Settings) -> Iterator[Finding]:
    """Yield one finding for each device of this machine.

    Those of a running station are read from the server, the others are opened for a moment.
    """
    links = links_of(settings)
    answers: dict[tuple[str, str | None], ServerAnswer] = {}
    running: set[str] = set()
    for kind, link in links.items():
        if link.server and (link.server, link.token) not in answers:
            answers[link.server, link.token] = ask(link)
        answer = answers.get((link.server, link.token), NOT_ASKED)
        if link.enrolment is not StationEnrolment.BOX:
            yield _enrolment_finding(context, link, answer.contact)
        station = answer.reports.get(link.station)
        if station is not None and station.get("online") is True:
            running.add(kind)
            yield from _reported_findings(station, context)
    stopped = frozenset(links) - running
    try:
        yield from (_node_finding(context, name) for name in sign_nodes(settings) if "counter" in stopped)
        with open_devices(context, settings, stopped) as devices:
            for name, health in read_healths(context, devices, _timeout_s(settings)).items():
                yield _in_use(context, settings, name, health) or phrases.of_health(name, health, context.words)
    except ValueError as error:
        yield Finding(Level.FAULT, "settings", context.words("installer", "Cấu hình"), str(error))


def _timeout_s(settings: Settings) -> float:
    """Return a time-out that includes the first status round of a slow printer."""
    printer = settings.kiosk.printer if settings.kiosk is not None else None
    return DEVICE_TIMEOUT_S + (len(QUESTIONS) * profile_of(printer).answer_s if printer is not None else 0.0)


def _node_finding(context: InstallerContext, name: str) -> Finding:
    """Return the finding for a sign that is not connected to this machine."""
    words = context.words
    text = words("installer", "nhận số qua mạng, không nối với máy này")
    todo = words("installer", "Hỏi lại khi máy chủ chạy.")
    return Finding(Level.WARNING, name, phrases.name(name, words), text, todo)


def _in_use(context: InstallerContext, settings: Settings, name: str, health: DeviceHealth) -> Finding | None:
    """Return the finding for a device that another program uses; None otherwise."""
    program = holder_of(context, address_of(settings, name)) if health.state is HealthState.OFFLINE else None
    if program is None:
        return None
    words = context.words
    text = words("installer", "đang được dùng bởi {program}", program=program)
    todo = words("installer", "Hỏi lại khi máy chủ chạy, hoặc dừng chương trình đó trước.")
    return Finding(Level.WARNING, name, phrases.name(name, words), text, todo)


def _enrolment_finding(context: InstallerContext, link: StationLink, contact: ServerContact) -> Finding:
    """Return whether the station is enrolled, and whether its server knows it."""
    words, name = context.words, link.station
    subject, code = words("installer", "Đăng ký {name}", name=name), f"enrolment:{name}"
    if link.enrolment is not StationEnrolment.ENROLLED:
        text = words("installer", "chưa đăng ký với máy chủ nào")
        if link.enrolment is StationEnrolment.REMOVED:
            text = words("installer", "đã bị gỡ khỏi hệ thống")
        todo = words("installer", "Nhập mã hiện trên máy này ở trang Thiết bị; máy đã bị gỡ thì khởi động lại trước.")
        return Finding(Level.WARNING, code, subject, text, todo)
    if contact in (ServerContact.REPORTED, ServerContact.HIDDEN):
        text = words("installer", "đã đăng ký tại {server}", server=link.server)
        return Finding(Level.FINE, code, subject, text)
    text, todo = _broken_link(context, link.server, contact)
    return Finding(Level.FAULT, code, subject, text, todo)


def _broken_link(context: InstallerContext, server: str, contact: ServerContact) -> tuple[str, str]:
    """Return why the server does not help an enrolled station, with advice."""
    words = context.words
    if contact is ServerContact.REFUSED:
        text = words("installer", "máy chủ {server} không nhận máy này nữa", server=server)
        return text, words("installer", "Khởi động lại chương trình của máy này, rồi đăng ký lại bằng mã mới.")
    if contact is ServerContact.UNTRUSTED:
        text = words("installer", "không xác minh được máy chủ {server}", server=server)
        return text, words("installer", "Xem ngày giờ của máy này và của máy chủ; chưa rõ lý do thì không đăng ký lại.")
    text = words("installer", "máy chủ {server} không trả lời", server=server)
    return text, words("installer", "Xem máy chủ có chạy không, dây mạng, và địa chỉ ở mục [link].")


def _reported_findings(station: Mapping[str, Any], context: InstallerContext) -> Iterator[Finding]:
    for device in station.get("devices", []):
        state = device.get("state")
        health = DeviceHealth(
            HealthState(state) if state in set(HealthState) else HealthState.UNKNOWN,
            device.get("code"),
            device.get("detail") or "",
            device.get("left_slips"),
        )
        name, node = str(device.get("device")), context.settings.node if context.settings is not None else None
        if name == "sign" and node is not None:  # a node has one sign and reports it without a counter
            name = f"sign-{node.counter}"
        finding = phrases.of_health(name, health, context.words)
        if device.get("device") == "screen":  # a machine may have several: each belongs to a station
            finding = replace(finding, subject=f"{finding.subject} {station['station']}")
        since = str(device.get("since") or "")
        time = _local_time(since)
        text = f"{finding.text} · {context.words('health', 'Từ {time}', time=time)}" if time else finding.text
        yield replace(finding, text=text, since=since)


def _local_time(wire_time: str) -> str:
    """Return the time in this machine's zone; empty when it cannot be read."""
    try:
        return f"{datetime.fromisoformat(wire_time).astimezone():%H:%M %d/%m}"
    except ValueError:
        return ""
