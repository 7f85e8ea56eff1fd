"""Pictures of counters' signs: what the real drivers send, drawn by the simulated signs; sheets are those of the
page that explains them."""

import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image

from config.devices import Sign
from config.settings import CounterStation, Settings
from config.signs import ModbusSheet, TemplateSheet
from hardware.open_signs import Sheets, make_of
from hardware.ports import SignFace
from hardware.signs.showing import HALF_BLINK_S, shown
from hardware.simulated.signs.faces import dots
from hardware.simulated.signs.node import DASHES, WIDTH
from hardware.simulated.signs.wired import board

PAGE = Path(__file__).parents[2] / "docs" / "SIGNS.md"
FACES = {
    "calling": SignFace("A015", blink=True),
    "serving": SignFace("A015"),
    "letters": SignFace("KM107"),
    "four-digits": SignFace("X1000"),
    "paused": SignFace(None, paused=True),
    "free": SignFace(None),
    "refused": SignFace("A015", word="Err", below="OPEN TICKET"),
    "no-server": SignFace(None, word="Err", below="NO SERVER"),
}
MAKES: Mapping[str, Sign] = {
    "cd5220": Sign(kind="cd5220", port="-"),
    "segments": Sign(kind="cd5220", port="-", segments=True),
    "modbus": Sign(kind="modbus", port="-", address=3, model="six"),
    "stx": Sign(kind="template", port="-", address=3, model="stx"),
    "aa55": Sign(kind="template", port="-", address=3, model="aa55"),
    "raw": Sign(kind="template", port="-", address=3, model="raw"),
}
# What a node shows by itself; the last is what it knows of a server that is not heard.
NODE = {"calling": "A015", "serving": "A015", "four-digits": "X1000", "paused": DASHES, "free": "", "stale": DASHES}
IN_A_ROW = ("calling", "four-digits", "paused", "refused", "free")
GAP_PX = 24


def make(folder: Path) -> list[Path]:
    """One PNG for each make and face, with the dark half of a call's blinking, and a row of some for each make. A
    sign has no language. The CD5220's are called after the face alone."""
    made = []
    sheets = sheets_of_the_page()
    for make_name, sign in MAKES.items():
        found = dict(faces(sign, sheets))
        prefix = "sign-" if make_name == "cd5220" else f"sign-{make_name}-"
        made += [_write(folder / f"{prefix}{name}.png", data) for name, data in found.items()]
        made.append(_write(folder / f"signs-{make_name}.png", row([found[name] for name in IN_A_ROW])))
    face = dots(WIDTH)
    made += [_write(folder / f"sign-mqtt-{name}.png", face(text, "")) for name, text in NODE.items()]
    in_a_row = [face(NODE["stale" if name == "refused" else name], "") for name in IN_A_ROW]
    made.append(_write(folder / "signs-mqtt.png", row(in_a_row)))
    return made


def sheets_of_the_page() -> Sheets:
    """Every sheet that the page of signs shows."""
    found: dict[str, ModbusSheet | TemplateSheet] = {}
    for text in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        counter = Settings.model_validate(tomllib.loads(text)).counter or CounterStation()
        found |= counter.signs
    return found


def faces(sign: Sign, sheets: Sheets) -> Iterator[tuple[str, bytes]]:
    """The name and the picture of each face."""
    make_it, face_of = board(sign, sheets)
    driver = make_of(sign, sheets)
    for name, face in (*FACES.items(), ("calling-dark", SignFace("A015", blink=True))):
        text = None if face.number is None else driver.fit.text(face.number)
        fitted = SignFace(text, blink=face.blink, paused=face.paused, word=face.word, below=face.below)
        now_s = HALF_BLINK_S if name.endswith("-dark") else 0.0
        what, _ = shown(fitted, 0.0, now_s, blinks=driver.blinks, refuses=driver.refuses)
        lamp = make_it()
        for frame in (*driver.begin(), *driver.frames(what)):
            lamp.feed(frame.data)
        yield name, face_of(*lamp.lit())


def row(pictures: Sequence[bytes]) -> bytes:
    """Pictures side by side on white."""
    opened = [Image.open(io.BytesIO(one)) for one in pictures]
    width, height = opened[0].size
    across = Image.new("RGB", (len(opened) * (width + GAP_PX) - GAP_PX, height), "white")
    for place, picture in enumerate(opened):
        across.paste(picture, (place * (width + GAP_PX), 0))
    out = io.BytesIO()
    across.save(out, "PNG")
    return out.getvalue()


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
