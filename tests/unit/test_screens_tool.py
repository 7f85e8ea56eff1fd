"""The tool for the documents' pictures stores and reports only changed ones."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tools.pictures.program import stoppable_clock
from tools.screens import STORED_FOLDER, describe_differences, pictures_shown_by, store, stored_form

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[str], Path]:
    """A picture of a screen in one colour."""

    def draw(colour: str) -> Path:
        path = tmp_path / f"{colour}.png"
        Image.new("RGB", (1080, 1920), colour).save(path)
        return path

    return draw


def test_a_picture_drawn_alike_is_stored_alike(drawn: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "stored"
    assert store({"home.png": stored_form(drawn("white"))}, folder, {"home.png"}) == []
    assert describe_differences({"home.png": stored_form(drawn("white"))}, folder) == []


def test_a_picture_drawn_otherwise_is_reported_and_not_stored(drawn: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "stored"
    store({"home.png": stored_form(drawn("white"))}, folder, {"home.png"})
    before = (folder / "home.png").read_bytes()
    assert describe_differences({"home.png": stored_form(drawn("navy"))}, folder) == [
        "home.png is stored otherwise than it is drawn"
    ]
    assert describe_differences({"idle.png": stored_form(drawn("navy"))}, folder) == ["idle.png is not stored"]
    assert (folder / "home.png").read_bytes() == before


def test_a_stored_picture_that_no_page_shows_goes(drawn: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "stored"
    store({"home.png": stored_form(drawn("white"))}, folder, {"home.png"})
    assert store({}, folder, {"idle.png"}) == ["the documents show idle.png, which nobody makes"]
    assert list(folder.glob("*.png")) == []


def test_the_documents_show_every_stored_picture_and_no_other() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert {path.name for path in STORED_FOLDER.glob("*")} == pictures_shown_by(pages)


def test_a_pictured_programs_clock_stands_while_its_moment_is_there(tmp_path: Path) -> None:
    moment, real_ns = tmp_path / "kiosk", iter((100, 200))
    now_ns = stoppable_clock(lambda _clock: next(real_ns), moment)
    assert now_ns(0) == 100
    moment.write_text("150", encoding="ascii")
    assert [now_ns(0), now_ns(0)] == [150, 150]
    moment.unlink()
    assert now_ns(0) == 200


def test_a_picture_that_no_eye_tells_from_the_stored_one_leaves_it_alone(tmp_path: Path) -> None:
    folder, path = tmp_path / "stored", tmp_path / "home.png"
    picture = Image.new("RGB", (300, 200), "navy")
    picture.save(path)
    store({"home.png": stored_form(path)}, folder, {"home.png"})
    before = (folder / "home.png").read_bytes()
    picture.putpixel((3, 3), (4, 4, 132))  # one step or two at the edge of a corner
    picture.save(path)
    assert stored_form(path) != before
    store({"home.png": stored_form(path)}, folder, {"home.png"})
    assert (folder / "home.png").read_bytes() == before
    picture.putpixel((3, 3), (255, 255, 255))
    picture.save(path)
    assert describe_differences({"home.png": stored_form(path)}, folder) == [
        "home.png is stored otherwise than it is drawn"
    ]
