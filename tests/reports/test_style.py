"""The style sheet: contrast in light, dark and print."""

from __future__ import annotations

import re
from pathlib import Path

import gameday_reports
from support.rows import rows

SHEET = (Path(gameday_reports.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
TEXT = ("ink", "soft", "link", "passed", "inconclusive", "failed")
MARKS = ("ok", "late", "parked", "duplicated", "mismatched", "lost", "alert", "line", "band-edge")


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme by name, from the sheet's roots in their order."""
    roots = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,8});", root)) for root in roots]
    return dict(zip(("light", "dark", "print"), colours, strict=True))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) > 4 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@rows("theme", ["light", "dark", "print"])
def test_text_has_a_contrast_of_4_5_on_every_ground(theme: str) -> None:
    colours = themes()[theme]
    ratios = {(c, g): contrast(colours[c], colours[g]) for c in TEXT for g in ("paper", "raised")}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@rows("theme", ["light", "dark", "print"])
def test_words_on_coloured_ground_have_a_contrast_of_4_5(theme: str) -> None:
    colours = themes()[theme]
    assert all(
        contrast(colours["on-mark"], colours[ground]) >= 4.5 for ground in ("passed", "inconclusive", "failed", "soft")
    )


@rows("theme", ["light", "dark", "print"])
def test_marks_have_a_contrast_of_3(theme: str) -> None:
    colours = themes()[theme]
    assert {mark for mark in MARKS if contrast(colours[mark], colours["paper"]) < 3} == set()


def test_every_colour_that_is_used_is_defined_in_every_theme() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", SHEET)) - {"serif", "sans", "mono"}
    assert [theme for theme, colours in themes().items() if used - set(colours)] == []
