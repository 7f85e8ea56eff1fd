"""``luot-hardware probe``: what this printer knows, told to a person and written into its profile."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config.devices import Printer
from config.load import checked
from config.profiles import CodePage as CodePageSettings
from config.profiles import PrinterProfile, write_profile
from config.words import Words
from hardware.installer import phrases, sheets
from hardware.installer.arguments import YES
from hardware.installer.devices import says_who_holds
from hardware.installer.findings import Level
from hardware.installer.probe import (
    BAUDS,
    IDENTITY,
    LATER,
    Found,
    Patience,
    Stranger,
    Talk,
    abilities,
    baud_of,
    print_speed,
    questions,
)
from hardware.installer.site import EX_USAGE, Site, printer_of
from hardware.printers import encode, models
from hardware.printers.answers import status
from hardware.printers.answers.responses import Sensor
from hardware.printers.drawing.paper import PAPERS
from hardware.printers.models import Model
from hardware.printers.profile import CodePage
from hardware.printers.transports.connect import connector
from hardware.printers.transports.transport import CannotOpen, Connect, LinkError

FILE = Path("printer-profile.toml")
CAREFUL = 0.8
"""Dense slips print slower than a ruler."""
BITS_PER_BYTE = 10


@dataclass(slots=True)
class Judged:
    """What a person saw on the paper; None: nobody was there to say."""

    page: CodePage | None = None
    every_letter: bool = False
    dots: int | None = None
    dpi: int | None = None
    native_qr: bool | None = None
    cuts: bool | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Asks whoever stands there, unless the command line answered already."""

    site: Site
    answers: Mapping[str, str]

    def ask(self, key: str, question: str) -> str | None:
        if key in self.answers:
            return self.answers[key]
        return self.site.ask(question)

    def yes(self, key: str, question: str) -> bool | None:
        said = self.ask(key, question)
        return None if said is None else said.strip().lower() in YES


def run(
    site: Site,
    *,
    address: str | None,
    baud: int | None,
    paper_mm: int | None,
    out: Path | None,
    prints: bool,
    answers: Mapping[str, str],
    patience: Patience = Patience(),  # noqa: B008 (frozen)
) -> int:
    """Probe, tell, write. Raises ``LinkError`` when the link breaks on the way, ``ValueError`` when the settings'
    address cannot be one."""
    words = site.words
    printer = printer_of(site, address, baud, paper_mm)
    if printer is None or printer.kind == "file":
        site.say(words("installer", "Chưa biết máy in nào: thêm --config, --printer hoặc --out."))
        return EX_USAGE
    try:
        if printer.kind == "serial" and baud is None:
            printer = _with_baud(site, printer, patience, written=address is None)
        link = _connect(site, printer)()
    except CannotOpen as error:
        _cannot_open(site, printer, error)
        return Level.FAULT
    with closing(link):
        answer_s = patience.late_s if printer.kind == "network" else patience.answer_s
        found, talk = Found(), Talk(link, site.mono_s, patience, answer_s)
        questions(talk, found, site.mono_s, patience)
        if not _fit(site, found, printer):
            return Level.FAULT
        abilities(talk, found)
        judged, model = Judged(), model_of(printer, found)
        if prints:
            rate = printer.baud / BITS_PER_BYTE if printer.kind == "serial" else None
            print_speed(talk, found, site.mono_s, patience, rate)
            judged = _judged(site, talk, printer, model, Person(site, answers), patience if found.fence else None)
    if printer.model is None and model is not None and found.copy_of is None and judged.dots in (None, model.dots):
        site.say("→ " + _named(words, model))
    site.tell(_abilities(site, found, judged, prints=prints))
    return _write(site, profile_of(found, judged, site.wall_ms()), out)


def _fit(site: Site, found: Found, printer: Printer) -> bool:
    """Whether it is a printer that can print now; told when it is not."""
    if not found.answers:
        _no_printer(site, found, printer)
        return False
    site.tell(_real_time(site, found))
    stopped = status.stops(found.troubles)
    if stopped is not None:
        _stopped(site, stopped)
    return stopped is None


def _with_baud(site: Site, printer: Printer, patience: Patience, *, written: bool) -> Printer:
    """The printer at the speed at which it answers; unchanged when it answers at none. ``written``: its speed stands in
    the settings, so that one is tried first."""
    words = site.words
    site.say(words("installer", "Đang dò tốc độ của cổng {port}…", port=printer.address))
    bauds = (printer.baud, *(baud for baud in BAUDS if baud != printer.baud)) if written else BAUDS
    found = baud_of(
        lambda baud: _connect(site, printer.model_copy(update={"baud": baud})), site.mono_s, patience, bauds
    )
    if found is None:
        site.say(words("installer", "Máy in không trả lời ở tốc độ nào."))
        return printer
    if written and found == printer.baud:
        site.say(words("installer", "Máy in trả lời ở {baud} baud, như trong tệp cấu hình.", baud=found))
    else:
        site.say(words("installer", "Máy in trả lời ở {baud} baud: ghi baud = {baud} vào tệp cấu hình.", baud=found))
    return printer.model_copy(update={"baud": found})


def _connect(site: Site, printer: Printer) -> Connect:
    return connector(printer.kind, printer.address, printer.baud, site.mono_s, flow=printer.flow)


def _cannot_open(site: Site, printer: Printer, error: LinkError) -> None:
    site.say(site.words("installer", "{port}: không mở được ({why})", port=printer.address, why=error))
    if not says_who_holds(site, [printer.address]):
        site.say("→ " + phrases.TODO["off"](site.words))


def _no_printer(site: Site, found: Found, printer: Printer) -> None:
    words = site.words
    if found.stranger is not None:
        site.say(words("installer", "Ở {port} có thiết bị, nhưng không phải máy in ESC/POS.", port=printer.address))
        site.say(f"  {STRANGERS[found.stranger.why](site, found.stranger)}")
        site.say("→ " + phrases.TODO["wrong"](words))
        return
    if says_who_holds(site, [printer.address]):
        return
    site.say(words("installer", "{port}: không có trả lời.", port=printer.address))
    todo = words("installer", "Bật máy in, lắp giấy, đóng nắp; với cổng nối tiếp, kiểm tra tốc độ và loại dây.")
    site.say(f"→ {todo}")


STRANGERS: Mapping[str, Callable[[Site, Stranger], str]] = {
    "echo": lambda site, _: site.words("installer", "Nó trả lại nguyên những gì được gửi: dây vòng hoặc mô-đem."),
    "words": lambda site, one: site.words(
        "installer", "Nó gửi chữ: {text}", text=ascii(one.shown[:40].decode("ascii"))
    ),
    "noise": lambda site, one: site.words(
        "installer", "Nó gửi byte lạ: {hex} (sai tốc độ, hoặc thiết bị khác)", hex=one.shown[:16].hex(" ")
    ),
}


def _stopped(site: Site, stopped: status.Trouble) -> None:
    site.say(phrases.CODES[stopped](site.words) + ".")
    site.say("→ " + phrases.TODO[stopped](site.words) + " " + site.words("installer", "Rồi dò lại."))


def _real_time(site: Site, found: Found) -> Iterator[str]:
    for n, bits in sorted(found.real_time.items()):
        yield f"DLE EOT {n}: {bits:02x}"
    if status.Trouble.NEAR_END in found.troubles:
        yield phrases.CODES["paper_near_end"](site.words)


def model_of(printer: Printer, found: Found) -> Model | None:
    """Return the model that the settings name, else the one that the printer says it is.

    What is known of it is tried first and never believed: copies say that they are what they copy.
    """
    said = found.names.get("model", "") if printer.model is None else printer.model
    model = models.find(said)
    return model if model is not None and model.unfit is None else None


def _named(words: Words, model: Model) -> str:
    return words(
        "installer", 'Máy tự xưng là {model}: nếu đúng như ghi trên hộp, ghi model = "{model}".', model=model.name
    )


def _judged(
    site: Site, talk: Talk, printer: Printer, model: Model | None, person: Person, patience: Patience | None
) -> Judged:
    """Print the sheets, and ask after each what a person sees. ``patience`` None: it never says that it is done."""
    words, paper, judged = site.words, PAPERS[printer.paper_mm], Judged()
    candidates = sheets.candidates(model)

    def show(sheet: bytes) -> None:
        if patience is None:
            talk.say(sheet)
        else:
            talk.ask(sheet + encode.FENCE, lambda reply: isinstance(reply, Sensor), patience.paper_s)

    show(sheets.pages_sheet(candidates, paper, words) + sheets.width_sheet(paper) + sheets.code_sheet() + sheets.end())
    line = person.ask("pages", words("installer", "Dòng số mấy đọc được đúng tiếng Việt? (0: không dòng nào)"))
    if line is not None and line.isdecimal() and 1 <= int(line) <= len(candidates):
        judged.page = candidates[int(line) - 1]
    _judge_head(site, judged, sheets.heads(paper.mm), model, person)
    question = words("installer", "Có mã QR vuông dưới các dòng đó không? (c/k)")
    judged.native_qr = person.yes("qr", question)
    judged.cuts = person.yes("cutter", words("installer", "Giấy có được cắt không? (c/k)"))
    if judged.page is not None:
        show(sheets.letters_sheet(judged.page, paper, words) + sheets.end())
        question = words("installer", "Từng cặp dòng có giống hệt nhau không? (c/k)")
        judged.every_letter = person.yes("letters", question) is True
    return judged


def _judge_head(site: Site, judged: Judged, heads: Sequence[int], model: Model | None, person: Person) -> None:
    words, known = site.words, "/".join(str(one) for one in heads)
    question = words("installer", "Vạch ngoài cùng bên phải mang số nào? ({numbers})", numbers=known)
    if model is not None and model.dots in heads:
        usual = words("installer", "Đầu in của {model} thường có {n} điểm.", model=model.name, n=model.dots)
        question = f"{usual} {question}"
    head = person.ask("dots", question)
    if head is not None and head.isdecimal() and int(head) in heads:
        judged.dots = int(head)
        # Nobody can see the resolution, but a width that is the model's says that it is that head.
        judged.dpi = model.dpi if model is not None and model.dots == judged.dots else None


def _abilities(site: Site, found: Found, judged: Judged, *, prints: bool) -> Iterator[str]:
    words = site.words
    told = {True: words("installer", "có"), False: words("installer", "không"), None: words("installer", "chưa rõ")}
    yield words("installer", "Báo khi in xong (GS r): {answer}", answer=told[found.fence])
    yield words("installer", "Báo đúng phiếu nào (GS ( H): {answer}", answer=told[found.process_id])
    yield words("installer", "Tự báo thay đổi (GS a): {answer}", answer=told[found.automatic])
    for name in IDENTITY.values():
        if found.names.get(name):
            yield f"GS I {name}: {found.names[name]}"
    if found.copy_of:
        yield "! " + words(
            "installer",
            "Máy tự xưng là {model} nhưng không biết lệnh của máy đó: chỉ tin kết quả đo.",
            model=found.copy_of,
        )
    if found.premature:
        yield "! " + words(
            "installer", "Máy báo “đã in xong” trước khi giấy kịp chạy: lời báo đó không chứng minh được gì."
        )
    yield words("installer", "Hỏi và đáp: {n} ms", n=round(found.round_trip_s * 1000))
    speed = words("installer", "chưa rõ") if found.speed_mm_s is None else f"{found.speed_mm_s:.0f} mm/s"
    yield words("installer", "Tốc độ in: {speed}", speed=speed)
    if not prints:
        yield words("installer", "Không in giấy: chưa biết bảng mã, mã QR, dao cắt và tốc độ in.")
        return
    dots = words("installer", "chưa rõ") if judged.dots is None else judged.dots
    yield words("installer", "Số điểm của đầu in: {n}", n=dots)
    yield words("installer", "Tự vẽ mã QR: {answer}", answer=told[judged.native_qr])
    yield words("installer", "Dao cắt: {answer}", answer=told[judged.cuts])
    page = str(judged.page) if judged.page is not None else words("installer", "không có: chữ được in dạng ảnh")
    yield words("installer", "Bảng mã tiếng Việt: {page}", page=page)


def profile_of(found: Found, judged: Judged, wall_ms: int) -> PrinterProfile:
    """What goes into the file; what nobody saw stays as it is for all printers."""
    seen: dict[str, object] = {
        "maker": found.names.get("maker", "")[:80],
        "model": found.names.get("model", "")[:80],
        "serial": found.names.get("serial", "")[:80],
        "probed": f"{datetime.fromtimestamp(wall_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC",
        "answers": found.answers,
        "fence": found.fence is True,
        "automatic_status": found.automatic is True,
        "process_id": found.process_id is True,
    }
    usual_s: float = PrinterProfile.model_fields["answer_s"].default
    seen["answer_s"] = _within("answer_s", max(usual_s, round(LATER * max(found.times_s), 1)))
    if found.speed_mm_s is not None:
        seen["speed_mm_s"] = _within("speed_mm_s", float(max(5, int(found.speed_mm_s * CAREFUL / 5) * 5)))
    if judged.dots is not None:
        seen["dots"] = judged.dots
    if judged.dpi is not None:
        seen["dpi"] = judged.dpi
    if judged.native_qr is not None:
        seen["native_qr"] = judged.native_qr
    if judged.cuts is not None:
        seen["cuts"] = judged.cuts
    if judged.page is not None:
        page = judged.page
        seen["code_page"] = CodePageSettings(
            encoding=page.encoding.value,
            page=page.page,
            capitals=page.capitals if page.encoding.value == "tcvn3" else None,
            confirmed=judged.every_letter,
        )
    return checked(PrinterProfile, seen, FILE)


def _within(name: str, value: float) -> float:
    """Return ``value`` moved into the limits of that setting of a profile."""
    for limit in PrinterProfile.model_fields[name].metadata:
        value = min(max(value, getattr(limit, "ge", value)), getattr(limit, "le", value))
    return value


def _write(site: Site, profile: PrinterProfile, out: Path | None) -> int:
    words, kiosk = site.words, site.settings.kiosk if site.settings is not None else None
    named = kiosk.printer.profile if kiosk is not None else None
    path = out or named or (site.path.parent if site.path is not None else Path()) / FILE
    try:
        write_profile(path, profile)
    except OSError as error:
        site.say(words("installer", "không ghi được vào {folder}", folder=path) + f" ({error.strerror})")
        return Level.FAULT
    site.say(words("installer", "Đã ghi {file}.", file=path))
    if named is None or path.resolve() != named.resolve():
        line = f'profile = "{_as_written(path, site.path)}"'
        site.say("→ " + words("installer", "Ghi vào tệp cấu hình, mục [kiosk.printer]: {line}", line=line))
    return Level.FINE if profile.fence or profile.process_id else Level.WARNING


def _as_written(path: Path, settings: Path | None) -> Path:
    """The path as it stands in the settings, where it counts from their folder."""
    whole = path.resolve()
    if settings is not None and whole.is_relative_to(home := settings.resolve().parent):
        return whole.relative_to(home)
    return whole
