"""The pages as PDF, by the extra ``gameday[pdf]``: as they print, with outline and links, from nothing outside."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from gameday.errors import GamedayError

PAGES = ("postmortem", "brief")


def write_pdf(run_dir: Path) -> list[Path]:
    """Make postmortem.pdf and brief.pdf of the pages in a run's folder. Raises GamedayError without the extra."""
    library = _library()
    return [_write(library, run_dir / f"{name}.html", run_dir / f"{name}.pdf") for name in PAGES]


def _library() -> Any:
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
        text = page.read_text(encoding="utf-8")
        library.HTML(string=text, url_fetcher=_refuse).write_pdf(beside, pdf_tags=True)
        beside.replace(out)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise GamedayError(f"cannot write {out}: {problem.strerror or problem}") from None
    return out


def _refuse(url: str, *_: object, **__: object) -> Any:
    """Nothing is fetched: the pages hold all that they need."""
    raise ValueError(f"a report asks for nothing outside itself: {url[:80]}")
