"""Fonts made for a test, so that a printed page's layout is tested by the same letters on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

#: Widths of a letter in thousandths of the font's size: as of a narrow text font, as of a monospace font, and wider
#: than the average letter of any usual font (Verdana in bold: 640).
WIDTHS = (450, 602, 660)
_EMPTY = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>{}</fontconfig>'


def no_fonts(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Hide every font of the machine."""
    _configure(monkeypatch, folder, "")


def only_font(monkeypatch: pytest.MonkeyPatch, folder: Path, width: int) -> None:
    """Hide every font of the machine but one, in which each letter is a box of this width (thousandths)."""
    fonts = folder / f"font-{width}"
    fonts.mkdir()
    _write(fonts / "boxes.ttf", width)
    _configure(monkeypatch, folder, f"<dir>{fonts}</dir>")


def _configure(monkeypatch: pytest.MonkeyPatch, folder: Path, directories: str) -> None:
    path = folder / "fonts.conf"
    path.write_text(_EMPTY.format(f"{directories}<cachedir>{folder / 'cache'}</cachedir>"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(path))


def _write(path: Path, width: int) -> None:
    letters = {code: f"u{code:04X}" for code in range(0x20, 0x2700) if not 0x7F <= code < 0xA0}
    glyphs = [".notdef", *letters.values()]
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (width - 50, 700), (width - 50, 0)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap(letters)
    font.setupGlyf(dict.fromkeys(glyphs, box))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (width, 50)))
    font.setupHorizontalHeader(ascent=930, descent=-240)
    font.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=930, sTypoDescender=-240, usWinAscent=930, usWinDescent=240)
    font.setupPost()
    font.save(path)
