"""Draw the faces of counters' signs with the real drivers and the simulated signs.

Data sheets are those of the page that explains them.
"""

import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image

from config.devices import SignSettings
from config.settings import CounterStationSettings, Settings
from config.signs import DataSheets, ModbusDataSheet, TemplateDataSheet
from hardware.open.signs import model_of
from hardware.ports import SignFace
from hardware.signs.rendering import HALF_BLINK_S, render
from hardware.simulated.desks import controller_and_front
from hardware.simulated.signs.dots import dot_matrix_front
from hardware.simulated.signs.node import CELLS, DASHES

SIGNS_PAGE = Path(__file__).parents[2] / "docs" / "SIGNS.md"
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
MODELS: Mapping[str, SignSettings] = {
    "cd5220": SignSettings(kind="cd5220", port="-"),
    "segments": SignSettings(kind="cd5220", port="-", segments=True),
    "modbus": SignSettings(kind="modbus", port="-", address=3, model="six"),
    "stx": SignSettings(kind="template", port="-", address=3, model="stx"),
    "aa55": SignSettings(kind="template", port="-", address=3, model="aa55"),
    "raw": SignSettings(kind="template", port="-", address=3, model="raw"),
}
# The texts of a node; the last is for a server that sends no heartbeat.
NODE_TEXTS = {
    "calling": "A015",
    "serving": "A015",
    "four-digits": "X1000",
    "paused": DASHES,
    "free": "",
    "stale": DASHES,
}
FACES_OF_THE_ROW = ("calling", "four-digits", "paused", "refused", "free")
GAP_PX = 24


def make(folder: Path) -> list[Path]:
    """Draw a PNG of each face of each model, and a row for each model.

    One is the dark half of a call's blinking. A sign has no language. The CD5220's are called after the face alone.
    """
    paths = []
    sheets = sheets_of_the_page()
    for model_name, sign in MODELS.items():
        pictures = dict(faces(sign, sheets))
        prefix = "sign-" if model_name == "cd5220" else f"sign-{model_name}-"
        paths += [_write(folder / f"{prefix}{name}.png", data) for name, data in pictures.items()]
        paths.append(
            _write(folder / f"signs-{model_name}.png", side_by_side([pictures[name] for name in FACES_OF_THE_ROW]))
        )
    draw_front = dot_matrix_front(CELLS)
    paths += [_write(folder / f"sign-mqtt-{name}.png", draw_front(text, "")) for name, text in NODE_TEXTS.items()]
    in_a_row = [draw_front(NODE_TEXTS["stale" if name == "refused" else name], "") for name in FACES_OF_THE_ROW]
    paths.append(_write(folder / "signs-mqtt.png", side_by_side(in_a_row)))
    return paths


def sheets_of_the_page() -> DataSheets:
    """Return every sheet that the page of signs shows."""
    page_sheets: dict[str, ModbusDataSheet | TemplateDataSheet] = {}
    for text in re.findall(r"```toml\n(.*?)```", SIGNS_PAGE.read_text(encoding="utf-8"), re.DOTALL):
        counter = Settings.model_validate(tomllib.loads(text)).counter or CounterStationSettings()
        page_sheets |= counter.signs
    return page_sheets


def faces(sign: SignSettings, sheets: DataSheets) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the picture of each face."""
    make_controller, draw_front = controller_and_front(sign, sheets)
    driver = model_of(sign, sheets)
    for name, face in (*FACES.items(), ("calling-dark", SignFace("A015", blink=True))):
        text = None if face.number is None else driver.capacity.text(face.number)
        fitted = SignFace(text, blink=face.blink, paused=face.paused, word=face.word, below=face.below)
        now_s = HALF_BLINK_S if name.endswith("-dark") else 0.0
        content, _ = render(fitted, 0.0, now_s, blinks=driver.blinks, shows_refusals=driver.shows_refusals)
        controller = make_controller()
        for frame in (*driver.opening_frames(), *driver.frames(content)):
            controller.feed(frame.data)
        yield name, draw_front(*controller.displayed_lines())


def side_by_side(pictures: Sequence[bytes]) -> bytes:
    """Return the pictures side by side on white."""
    opened = [Image.open(io.BytesIO(png)) for png in pictures]
    width, height = opened[0].size
    row_image = Image.new("RGB", (len(opened) * (width + GAP_PX) - GAP_PX, height), "white")
    for index, picture in enumerate(opened):
        row_image.paste(picture, (index * (width + GAP_PX), 0))
    out = io.BytesIO()
    row_image.save(out, "PNG")
    return out.getvalue()


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
