"""A sent picture becomes a small PNG of our own, or is refused."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from config.logo import MAX_BYTES, MAX_HEIGHT, MAX_WIDTH, SIGNATURE, check_logo, in_lines, logo_of_text, text_of_logo
from hardware.logos.drawing import draw_logo
from hardware.logos.preview import slip_heads
from hardware.logos.problems import LogoProblem, LogoRefused
from hardware.printers.drawing.logo import logo_dots, logo_size
from server.processes import logo_drawing
from server.processes.logo_drawing import LogoNotDrawn
from support.logos import EMBLEM, png_file

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 60">%s</svg>'
BLUE = b'<rect width="90" height="60" fill="#1f3573"/>'


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(width: int, height: int, rows: bytes, *further: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *further, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


def test_an_svg_is_drawn_in_its_colours() -> None:
    logo = opened(draw_logo(EMBLEM))
    assert (logo.mode, logo.height) == ("RGBA", round(logo.width * 112 / 281))
    assert logo.getpixel((logo.height // 2, logo.height // 2)) == (255, 212, 0, 255)
    assert logo.getpixel((logo.height // 2, 2)) == (179, 20, 26, 255)


def test_a_png_loses_its_margin_and_fits() -> None:
    page = Image.new("RGB", (3000, 2000), "white")
    page.paste("#0c5238", (500, 500, 2500, 1500))
    file = io.BytesIO()
    page.save(file, "PNG")
    assert opened(draw_logo(file.getvalue())).size == (MAX_WIDTH, MAX_HEIGHT)


def test_a_colourful_picture_is_made_smaller_until_it_is_small() -> None:
    colours = Image.effect_noise((900, 450), 90).convert("RGB")
    file = io.BytesIO()
    colours.save(file, "PNG")
    png = draw_logo(file.getvalue())
    assert len(png) <= MAX_BYTES
    check_logo(png)


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        (b"", LogoProblem.NOT_A_PICTURE),
        (b"GIF89a" + bytes(99), LogoProblem.NOT_A_PICTURE),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>', LogoProblem.NOT_A_PICTURE),
        (SIGNATURE + bytes(99), LogoProblem.DAMAGED),
        (png_file((200, 100))[:-30], LogoProblem.DAMAGED),
        (raw_png(60_000, 60_000, bytes(9)), LogoProblem.TOO_MANY_DOTS),
        (png_file((60, 20)), LogoProblem.TOO_SMALL),
        (png_file((900, 40)), LogoProblem.TOO_LONG),
        (png_file((300, 300), "#f4f4f4"), LogoProblem.TOO_PALE),
        (png_file((300, 300), "#ffffff00", "RGBA"), LogoProblem.TOO_PALE),
        (b"<svg", LogoProblem.DAMAGED),
        (SVG % b"<script>alert(1)</script>", LogoProblem.SVG_SCRIPT),
        (SVG % b"<metadata><script/></metadata>", LogoProblem.SVG_SCRIPT),
        (SVG % b'<rect width="9" height="9" onclick="x()"/>', LogoProblem.SVG_SCRIPT),
        (SVG % b'<image href="http://example.org/a.png"/>', LogoProblem.SVG_ELEMENT),
        (SVG % b"<text>UBND</text>", LogoProblem.SVG_ELEMENT),
        (SVG % b'<use href="#a"/>', LogoProblem.SVG_ELEMENT),
        (SVG % b'<g clip-path="url(#a)"/>', LogoProblem.SVG_ELEMENT),
        (SVG % b'<linearGradient xlink:href="http://example.org/g.svg"/>', LogoProblem.SVG_OUTSIDE),
        (SVG % b'<rect style="fill: url( http://example.org )"/>', LogoProblem.SVG_OUTSIDE),
        (SVG % b'<style>@import "a.css";</style>', LogoProblem.SVG_OUTSIDE),
        (b'<?xml-stylesheet href="a.css"?>' + SVG % BLUE, LogoProblem.SVG_OUTSIDE),
        (b'<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + SVG % b"&c;", LogoProblem.SVG_ENTITIES),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG % b"&a;", LogoProblem.SVG_ENTITIES),
        (SVG % b"<g/>", LogoProblem.TOO_PALE),
    ],
)
def test_a_picture_that_cannot_be_the_logo_is_refused(contents: bytes, problem: LogoProblem) -> None:
    with pytest.raises(LogoRefused) as refused:
        draw_logo(contents)
    assert refused.value.problem is problem


def test_a_process_of_its_own_draws_the_logo_and_ends_for_a_bad_one() -> None:
    drawn = logo_drawing.draw_logo(SVG % BLUE, "UBND phường\nNghĩa Lộ")
    check_logo(drawn.png)
    assert {paper: opened(head).width for paper, head in drawn.slips.items()} == {"80": 576, "58": 384}
    with pytest.raises(LogoNotDrawn) as refused:
        logo_drawing.draw_logo(SVG % b"<text/>", "UBND")
    assert (refused.value.problem, refused.value.detail) == ("svg_element", "text")


def test_a_picture_that_its_process_does_not_survive_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(LogoNotDrawn, match="too_many_dots"):
        logo_drawing.draw_logo(EMBLEM, "UBND")


GOOD = raw_png(2, 2, (b"\0" + b"\x1f\x35\x73\xff" * 2) * 2)


def test_a_logo_is_carried_as_text_in_lines() -> None:
    assert logo_of_text(in_lines(text_of_logo(GOOD))) == GOOD
    assert max(map(len, in_lines("a" * 200).splitlines())) == 96


@pytest.mark.parametrize(
    "png",
    [
        b"",
        b"<svg/>",
        GOOD[:-1],
        GOOD + b"x",
        GOOD.replace(b"IDAT", b"IDOT"),
        raw_png(2, 2, bytes(18), chunk(b"tEXt", b"Comment\0x")),
        raw_png(MAX_WIDTH + 1, 2, bytes(2 * (1 + 4 * (MAX_WIDTH + 1)))),
        raw_png(2, 2, bytes(18), chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0))),
        raw_png(2, 2, b"\x05" + bytes(17)),
        SIGNATURE,
        raw_png(2, 2, bytes(17)),
        raw_png(2, 2, bytes(10_000_000)),
        SIGNATURE + chunk(b"IHDR", bytes(13)) + bytes(MAX_BYTES),
    ],
)
def test_a_picture_of_anybody_else_is_no_logo(png: bytes) -> None:
    with pytest.raises(ValueError, match=r"^its? "):
        logo_of_text(base64.b64encode(png).decode())


def test_text_that_is_no_base64_is_no_logo() -> None:
    with pytest.raises(ValueError, match="no base64"):
        logo_of_text("Ủy ban")


@pytest.mark.parametrize("mm", [80, 58])
def test_a_slip_has_the_logo_in_black_and_white_above_the_name(mm: int) -> None:
    png = draw_logo(EMBLEM)
    with_logo, without = opened(slip_heads(png, "UBND")[mm]), opened(slip_heads(png, "")[mm])
    width, height = logo_size(png, 402 if mm == 80 else 273, 96 if mm == 80 else 85)
    dots = logo_dots(png, width, height)
    assert dots.mode == with_logo.mode == "1"
    left = (with_logo.width - width) // 2
    assert with_logo.crop((left, 0, left + width, height)).tobytes() == dots.tobytes()
    assert without.crop((left, 0, left + width, height)).tobytes() == dots.tobytes()
    assert (dots.getpixel((height // 2, 3)), dots.getpixel((height // 2, height // 2))) == (0, 255)
