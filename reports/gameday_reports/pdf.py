"""The pages as PDF, by the extra ``gameday[pdf]``: as they print, with outline and links, from nothing outside."""

from __future__ import annotations

import importlib
import logging
import os
import re
from pathlib import Path
from typing import Any

from gameday.errors import GamedayError

PAGES = ("postmortem", "brief")

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_VALUE = re.compile(r"--([\w-]+): ([^;]+);")
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_DRAWN = re.compile(r"(?:^|(?<=\} ))((?:svg [^{}]*|\.state-\w+)\{[^}]*\})", re.MULTILINE)
_SVG = re.compile(r"<svg\b[^>]*>|</svg>")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def write_pdf(run_dir: Path) -> list[Path]:
    """Make postmortem.pdf and brief.pdf of the pages in a run's folder. Raises GamedayError without the extra."""
    library = _library()
    return [_write(library, run_dir / f"{name}.html", run_dir / f"{name}.pdf") for name in PAGES]


def _library() -> Any:
    # It says of each rule that print does not need that it does not know it.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError):
        # OSError: the package is there and Pango, which it draws text with, is not.
        raise GamedayError(
            "PDF needs WeasyPrint and Pango, which are not here", hint="pip install 'gameday[pdf]'; or print the HTML"
        ) from None


def _write(library: Any, page: Path, out: Path) -> Path:
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        text = printable(page.read_text(encoding="utf-8"))
        library.HTML(string=text, url_fetcher=_refuse).write_pdf(beside, pdf_tags=True)
        beside.replace(out)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {out}: {problem.strerror or problem}") from None
    return out


def printable(page: str) -> str:
    """The page with what WeasyPrint lacks put in: it gives drawings no rules from outside them, and no variables."""
    found = _STYLE.search(page)
    if found is None:
        return page
    values = {name: value for root in _ROOT.findall(found[1]) for name, value in _VALUE.findall(root)}
    page = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), page)
    page = page.replace("font-weight: 650", "font-weight: 700").replace("font-weight: 550", "font-weight: 600")
    rules = _STYLE.search(page)
    drawn = "\n".join(_DRAWN.findall(rules[1])) if rules else ""
    return _with_rules(page, f"<style>{drawn}</style>")


def _with_rules(page: str, rules: str) -> str:
    """Each drawing with these rules in it; drawings within drawings have them already."""
    parts, start, depth = [], 0, 0
    for tag in _SVG.finditer(page):
        if tag[0] == "</svg>":
            depth -= 1
            continue
        depth += 1
        if depth == 1:
            parts += [page[start : tag.end()], rules]
            start = tag.end()
    return "".join([*parts, page[start:]])


def _refuse(url: str, *_: object, **__: object) -> Any:
    """Nothing is fetched: the pages hold all that they need."""
    raise ValueError(f"a report asks for nothing outside itself: {url[:80]}")
