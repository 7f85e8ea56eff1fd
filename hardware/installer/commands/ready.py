"""``luot-hardware ready``: a person tries each device of this machine's stations, and judges it.

The running stations light up, speak, print or report their keys; the server keeps each result, and shows it on the
page "Thử thiết bị".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from config.device_trials import FAULT_TEXTS, FAULTS, TRIALS, input_name, inputs_of_test, kind_of
from hardware.installer import phrases
from hardware.installer.arguments import NO, YES
from hardware.installer.context import EX_USAGE, InstallerContext
from hardware.installer.findings import Level
from hardware.installer.station_link import ServerContact, StationLink, ask, links_of, send

KEYS_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.5
OK_STATUS = (200, 201, 204)


def run(context: InstallerContext, *, new_id: Callable[[], str]) -> int:
    """Try the devices one after the other.

    The exit code is 2 when one has a fault, 1 when one was left out. ``new_id`` makes the id of a request.
    """
    words, settings = context.words, context.settings
    if settings is None:
        context.show(words("installer", "Cần tệp cấu hình: thêm --config."))
        return EX_USAGE
    links = list(links_of(settings).values())
    devices = [(link, device) for link in links for device in _devices(link)]
    if not devices:
        context.show(words("installer", "Không hỏi được máy chủ, hoặc máy này không có thiết bị nào để thử."))
        return Level.FAULT
    worst = Level.FINE
    for number, (link, device) in enumerate(devices, start=1):
        context.show(f"{number}/{len(devices)} {phrases.name(device, words)}")
        worst = max(worst, _try(context, link, device, new_id))
    context.show(words("installer", "Xong. Kết quả có ở trang Thử thiết bị, nơi in được thành bảng."))
    return worst


def _devices(link: StationLink) -> Sequence[str]:
    """Return the names of a station's devices that people can try."""
    answer = ask(link)
    if answer.contact is not ServerContact.REPORTED:
        return ()
    return [name for name in _reports(answer.reports.get(link.station)) if kind_of(name) in TRIALS]


def _reports(station: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    return {} if station is None else {report["device"]: report for report in station["devices"]}


def _try(context: InstallerContext, link: StationLink, device: str, new_id: Callable[[], str]) -> Level:
    """Try one device, ask for the judgement and send it."""
    words, trial = context.words, TRIALS[kind_of(device)]
    if trial.message is not None:
        if _send(link, "device-tests", device, request_id=new_id()) not in OK_STATUS:
            context.show("  " + words("installer", "Máy chủ không nhận lệnh thử; bỏ qua thiết bị này."))
            return Level.WARNING
        context.show(f"  {trial.message(words)}")
    if kind_of(device) in ("keypad", "pad", "scanner"):
        _show_inputs(context, link, device)
    context.show(f"  {trial.question(words)}")
    is_good = _judgement(context)
    if is_good is None:
        context.show("  " + words("installer", "Bỏ qua, chưa ghi kết quả."))
        return Level.WARNING
    fault = None if is_good else _fault(context, kind_of(device))
    if _send(link, "device-trials", device, request_id=new_id(), fault=fault) not in OK_STATUS:
        context.show("  " + words("installer", "Máy chủ không nhận kết quả."))
        return Level.WARNING
    return Level.FINE if is_good else Level.FAULT


def _send(link: StationLink, path: str, device: str, **fields: str | None) -> int | None:
    return send(link, path, {"station": link.station, "device": device} | fields)


def _show_inputs(context: InstallerContext, link: StationLink, device: str) -> None:
    """Show the keys as they arrive, until all have, or none arrives for ``KEYS_TIMEOUT_S``."""
    shown: Sequence[str] = ()
    end_s = context.mono_s() + KEYS_TIMEOUT_S
    while context.mono_s() < end_s and context.pause(POLL_INTERVAL_S):
        report = _reports(ask(link).reports.get(link.station)).get(device, {})
        received, missing = inputs_of_test(report.get("detail")) or ((), ())
        if list(received) != list(shown):
            shown, end_s = received, context.mono_s() + KEYS_TIMEOUT_S
            context.show(_inputs_line(context, received, missing))
        if received and not missing:
            return


def _inputs_line(context: InstallerContext, received: Sequence[str], missing: Sequence[str]) -> str:
    words = context.words
    names = ", ".join(input_name(code, words) for code in received)
    line = "  " + words("ready", "đã nhận: {inputs}", inputs=names)
    if not missing:
        return f"{line} · {words('ready', 'Đã nhận đủ')}"
    return (
        f"{line} · {words('ready', 'Còn chờ: {inputs}', inputs=', '.join(input_name(code, words) for code in missing))}"
    )


def _judgement(context: InstallerContext) -> bool | None:
    """Return the person's answer; None to leave the device out."""
    question = context.words("installer", "  Tốt không? c = có, k = không, Enter = bỏ qua:")
    for answer in _answers(context, question):
        if answer in YES | NO:
            return answer in YES
        if not answer:
            return None
    return None


def _fault(context: InstallerContext, kind: str) -> str:
    """Return the code of the fault that the person chooses."""
    codes = FAULTS[kind]
    for number, code in enumerate(codes, start=1):
        context.show(f"  {number}. {FAULT_TEXTS[code](context.words)}")
    for answer in _answers(context, context.words("installer", "  Lỗi nào? Ghi số:")):
        if answer.isdecimal() and 1 <= int(answer) <= len(codes):
            return codes[int(answer) - 1]
    return codes[-1]


def _answers(context: InstallerContext, question: str) -> Iterator[str]:
    """Yield answers to the question, asked again and again; ends without a terminal."""
    while (answer := context.ask(question)) is not None:
        yield answer.strip().lower()
