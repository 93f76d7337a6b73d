"""Writes the pages as PDF, with outline and links and without any outside resource; needs the extra ``pdf``."""

from __future__ import annotations

import importlib
import logging
import os
import re
import warnings
from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday_reports.flat_drawing import flat

PAGES = ("postmortem", "brief")

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_VALUE = re.compile(r"--([\w-]+): ([^;]+);")
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_DRAWN = re.compile(r"(?:^|(?<=\} ))((?:svg [^{}]*|\.state-\w+ )\{[^}]*\})", re.MULTILINE)
_FONT = re.compile(r"font: (\d+) (\d+px)/\d+ ([^;]*);")
_SVG = re.compile(r"<svg\b[^>]*>|</svg>")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
#: WeasyPrint does not support some of the page's layout; these rules replace it.
_LAYOUT = """
.eyebrow, .outcome { display: block; } .eyebrow .status, .outcome .word { margin-right: .6em; }
.facts, .figures { grid-template-columns: repeat(4, 1fr); } .figures.small { grid-template-columns: repeat(5, 1fr); }
.figures > div { border: 1px solid #cfcac0; } figure > svg { width: 80%; height: auto; }
"""


def write_pdf(run_dir: Path) -> list[Path]:
    """Write postmortem.pdf and brief.pdf from the pages in a run's folder. Raises GamedayError without the extra."""
    library = _library()
    return [_write(library, run_dir / f"{name}.html", run_dir / f"{name}.pdf") for name in PAGES]


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


def _write(library: Any, page: Path, out: Path) -> Path:
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        text = printable(page.read_text(encoding="utf-8"))
        library.HTML(string=text, url_fetcher=FetchNothing()).write_pdf(temporary, pdf_tags=True)
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
