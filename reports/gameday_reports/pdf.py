"""Writes the pages as PDF, with outline and links and without any outside resource; needs the extra ``pdf``.

The postmortem is what people read in a meeting, so it has at most SHEETS sheets: its evidence is an appendix of its
own, and so are the longest of the other sections where a run has much to say.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday_reports.flat_drawing import flat
from gameday_reports.paper import for_paper

#: How many sheets the postmortem has at most, and the sections that are never in it.
SHEETS = 8
APPENDIX = ("evidence", "cited", "glossary", "method")
#: The sections that follow them, in this order, until the rest fits.
MAY_FOLLOW = ("scores", "repair", "flow", "timeline", "cause", "detection", "decisions", "analysis")

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_VALUE = re.compile(r"--([\w-]+): ([^;]+);")
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_DRAWN = re.compile(r"(?:^|(?<=\} ))((?:svg [^{}]*|\.state-\w+ )\{[^}]*\})", re.MULTILINE)
_FONT = re.compile(r"font: (\d+) (\d+px)/\d+ ([^;]*);")
_SVG = re.compile(r"<svg\b[^>]*>|</svg>")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
#: WeasyPrint does not support some of the page's layout, and cannot break some grids: these rules replace them.
_LAYOUT = """
.eyebrow, .outcome { display: block; } .eyebrow .status, .outcome .word { margin-right: .6em; }
.facts, .figures { grid-template-columns: repeat(4, 1fr); } .figures.small { grid-template-columns: repeat(5, 1fr); }
.figures > div { border: 1px solid #cfcac0; } figure > svg { width: 80%; height: auto; }
.bars, .glossary { display: block; } .glossary dd { margin-left: 8.2rem; }
.glossary dt { float: left; clear: left; width: 7.5rem; }
.cited { table-layout: fixed; } .cited thead th:nth-child(1) { width: 8%; } .cited thead th:nth-child(2) { width: 9%; }
.cited thead th:nth-child(3) { width: 20%; }
"""
_SECTION = re.compile(r'<section aria-labelledby="([\w-]+)">.*?</section>\n?', re.DOTALL)
_ANCHOR = re.compile(r'\bid="([^"]+)"')
_LINK = re.compile(r'<a href="#([^"]+)">(.*?)</a>', re.DOTALL)


def write_pdf(run_dir: Path) -> list[Path]:
    """Write postmortem.pdf, appendix.pdf and brief.pdf from a run's pages. Raises GamedayError without the extra."""
    library = _library()
    page = for_paper(_read(run_dir / "postmortem.html"))
    sections = set(_SECTION.findall(page))
    moved = set(APPENDIX)
    document = _laid_out(library, part_of(page, moved))
    while len(document.pages) > SHEETS and not moved.issuperset(MAY_FOLLOW):
        moved |= _too_many(document, sections, [name for name in MAY_FOLLOW if name not in moved])
        document = _laid_out(library, part_of(page, moved))
    rest = part_of(page, sections - moved)
    return [
        _write(document, run_dir / "postmortem.pdf"),
        _write(_laid_out(library, rest.replace("<h1>", "<h1>Appendix: ", 1)), run_dir / "appendix.pdf"),
        _write(_laid_out(library, _read(run_dir / "brief.html")), run_dir / "brief.pdf"),
    ]


def write_slide(page: Path) -> Path:
    """Write a page as PDF beside it. Raises GamedayError without the extra, or if the page cannot be read."""
    return _write(_laid_out(_library(), _read(page)), page.with_suffix(".pdf"))


def part_of(page: str, without: Collection[str]) -> str:
    """The page without these sections, and without links to what is in them."""
    part = _SECTION.sub(lambda found: "" if found[1] in without else found[0], page)
    anchors = set(_ANCHOR.findall(part))
    return _LINK.sub(lambda found: found[0] if found[1] in anchors else found[2], part)


def _library() -> Any:
    # It warns about every style rule that it does not support.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # It warns where there is no font, which is an error below, and of libraries that it can do without.
            warnings.simplefilter("ignore")
            library = importlib.import_module("weasyprint")
    except (ImportError, OSError):
        # OSError: the package is installed, but not Pango, with which it draws text.
        raise GamedayError(
            "PDF needs WeasyPrint and Pango, which are not installed",
            hint="pip install weasyprint; or print the HTML",
        ) from None
    if not fonts_installed():
        raise GamedayError("PDF needs a font, and there is none on this machine", hint="install one; or print the HTML")
    return library


def fonts_installed() -> bool:
    """Whether the machine has a font. Without one, WeasyPrint prints boxes in place of letters, on many pages."""
    drawing = importlib.import_module("weasyprint.text.ffi")
    fontconfig = drawing.fontconfig
    loaded = drawing.ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    return bool(fontconfig.FcConfigGetFonts(loaded, fontconfig.FcSetSystem).nfont)


def _read(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as problem:
        raise GamedayError(f"cannot read {page}: {problem.strerror}") from None


def _laid_out(library: Any, page: str) -> Any:
    """The page as sheets."""
    return library.HTML(string=printable(page), url_fetcher=FetchNothing()).render(pdf_tags=True)


def _too_many(document: Any, sections: Collection[str], may_follow: Sequence[str]) -> set[str]:
    """The first of those that may follow, and each after it while the document is surely too long without them.

    To lay out a page takes seconds, so it is not done for each of them.
    """
    lengths = _lengths(document, sections)
    # Of the last sheet there may be a line.
    left = len(document.pages) - 1 - lengths.get(may_follow[0], 0.0)
    moved = {may_follow[0]}
    for name in may_follow[1:]:
        if left < SHEETS:
            break
        moved.add(name)
        left -= lengths.get(name, 0.0)
    return moved


def _lengths(document: Any, sections: Collection[str]) -> dict[str, float]:
    """How many sheets each of these sections takes, to the beginning of the next."""
    starts = sorted(
        (number + sheet.anchors[name][1] / sheet.height, name)
        for number, sheet in enumerate(document.pages)
        for name in sheet.anchors.keys() & sections
    )
    ends = [*(start for start, _ in starts[1:]), float(len(document.pages))]
    return {name: end - start for (start, name), end in zip(starts, ends, strict=True)}


def _write(document: Any, out: Path) -> Path:
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        document.write_pdf(temporary, pdf_tags=True)
        temporary.replace(out)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {out}: {problem.strerror or problem}") from None
    return out


def printable(page: str) -> str:
    """The page without what WeasyPrint does not support: variables, and style rules that reach into drawings."""
    style = _STYLE.search(page)
    if style is None:
        return page
    values = {name: value for root in _ROOT.findall(style[1]) for name, value in _VALUE.findall(root)}
    page = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), page)
    # "anywhere" takes time: each character is a place where a line may end, and all of them are tried.
    page = page.replace("overflow-wrap: anywhere", "overflow-wrap: break-word")
    page = page.replace("font-weight: 650", "font-weight: 700").replace("font-weight: 550", "font-weight: 600")
    rules = _STYLE.search(page)
    # A halo needs paint-order, which is not supported either: it would cover its letters.
    drawn = "\n".join(rule for rule in _DRAWN.findall(rules[1]) if ".halo" not in rule) if rules else ""
    drawn = _FONT.sub(r"font-weight: \1; font-size: \2; font-family: \3;", drawn)
    page = page.replace("</style>", f"{_LAYOUT}</style>", 1)
    return _with_rules(page, drawn)


def _with_rules(page: str, rules: str) -> str:
    """Put these rules into each drawing, and rewrite the charts in plain coordinates."""
    parts, start, opened, depth = [], 0, 0, 0
    for tag in _SVG.finditer(page):
        if tag[0] != "</svg>":
            opened = opened if depth else tag.start()
            depth += 1
            continue
        depth -= 1
        if not depth:
            drawing = page[opened : tag.end()]
            head = drawing.index(">") + 1
            is_chart = 'class="chart"' in drawing[:head]
            drawn = flat(drawing, rules) if is_chart else f"{drawing[:head]}<style>{rules}</style>{drawing[head:]}"
            parts += [page[start:opened], drawn]
            start = tag.end()
    return "".join([*parts, page[start:]])


class FetchNothing:
    """A resource fetcher for any version of the library that refuses everything: the pages need no resource."""

    #: Read by newer versions: a refused resource is left out and is no error.
    _fail_on_errors = False

    def __call__(self, url: str, *_: object, **__: object) -> Any:
        """Refuse."""
        raise ValueError(f"a report must not load anything from outside: {url[:80]}")
