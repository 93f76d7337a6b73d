"""The pages as PDF: with their charts, without outside resources, and a clear error if the extra is missing."""

from __future__ import annotations

import builtins
import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import pytest

from gameday.base.errors import GamedayError
from gameday_reports import render
from gameday_reports.paper import _ROW, ROWS, WORD, for_paper
from gameday_reports.pdf import _SECTION, APPENDIX, MAY_FOLLOW, SHEETS, FetchNothing, part_of, printable, write_pdf
from support.fonts import no_fonts, only_font


@pytest.fixture
def page(run_dir: Path) -> str:
    render(run_dir)
    return printable((run_dir / "postmortem.html").read_text(encoding="utf-8"))


def test_charts_have_plain_coordinates(page: str) -> None:
    charts = re.findall(r'<svg width="680".*?</svg>', page, re.DOTALL)
    assert len(charts) == 3
    for chart in charts:
        assert chart.count("<svg") == 1
        assert "%" not in re.sub(r"<style>.*?</style>|>[^<]*<", "", chart, flags=re.DOTALL)


def test_each_drawing_has_its_style_rules_and_no_variable_is_left(page: str) -> None:
    outermost = len(re.findall(r"<svg", page))
    assert page.count("svg .area") - 1 == outermost
    assert "var(--" not in page


def test_without_weasyprint_the_error_says_how_to_install_it(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise ModuleNotFoundError(name)
        return builtins.__import__(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(GamedayError, match=r"needs WeasyPrint and Pango.*\(pip install weasyprint; or print"):
        write_pdf(run_dir)
    assert not list(run_dir.glob("*.pdf"))


def test_the_postmortem_and_its_appendix_have_every_section_once_and_no_link_into_the_other(run_dir: Path) -> None:
    render(run_dir)
    whole = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    names = _SECTION.findall(whole)
    parts = [part_of(whole, APPENDIX), part_of(whole, set(names) - set(APPENDIX))]
    assert sorted(name for part in parts for name in _SECTION.findall(part)) == sorted(names)
    assert {*APPENDIX, *MAY_FOLLOW} < set(names)
    for part in parts:
        anchors = set(re.findall(r'\bid="([^"]+)"', part))
        assert set(re.findall(r'<a href="#([^"]+)">', part)) <= anchors


class Sheet(NamedTuple):
    """A sheet with one section."""

    name: str
    height: float = 800.0

    @property
    def anchors(self) -> dict[str, tuple[float, float]]:
        return {self.name: (0.0, 0.0)}


class Sheets:
    """In place of WeasyPrint: a page has so many sheets as it has sections."""

    laid_out: ClassVar[list[str]] = []

    def __init__(self, string: str, url_fetcher: object) -> None:
        self.laid_out.append(string)
        self.pages = [Sheet(name) for name in _SECTION.findall(string)]

    def render(self, pdf_tags: bool) -> Sheets:
        return self

    def write_pdf(self, out: Path, pdf_tags: bool) -> None:
        out.write_text("\n".join(sheet.name for sheet in self.pages))


def test_the_postmortem_has_eight_sheets_at_most_and_the_rest_is_in_the_appendix(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render(run_dir)
    monkeypatch.setattr("gameday_reports.pdf._library", lambda: SimpleNamespace(HTML=Sheets))
    postmortem, appendix, _ = [path.read_text().split("\n") for path in write_pdf(run_dir)]
    assert len(postmortem) == SHEETS
    assert {"summary", "impact", "actions"} <= set(postmortem)
    assert set(APPENDIX) < set(appendix)
    assert not set(postmortem) & set(appendix)


def test_what_is_laid_out_of_a_run_with_many_affected_deals_is_bounded(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Laying out a hundred affected deals took a minute: 400 operations were cited, in words that broke at each letter.
    render(run_dir)
    page = run_dir / "postmortem.html"
    page.write_text(re.sub(r'<tr id="(?:op|deal)-.*?</tr>', lambda row: row[0] * 30, page.read_text("utf-8")), "utf-8")
    monkeypatch.setattr("gameday_reports.pdf._library", lambda: SimpleNamespace(HTML=Sheets))
    monkeypatch.setattr(Sheets, "laid_out", [])
    write_pdf(run_dir)
    # Once to see what is too much, once without that, and perhaps once more; then the appendix and the brief.
    assert len(Sheets.laid_out) <= 5
    for sheets in Sheets.laid_out:
        assert "anywhere" not in sheets
        for table in re.findall(r"<tbody>.*?</tbody>", sheets, re.DOTALL):
            assert len(_ROW.findall(table)) <= ROWS
    whole = Sheets.laid_out[0] + Sheets.laid_out[-2]
    assert "more rows in postmortem.html" in whole
    assert whole.count('id="op-') == ROWS


def test_of_the_operations_cited_those_are_printed_that_the_page_cites_first() -> None:
    rows = "".join(f'<tr id="op-{index}"><td>{index}</td></tr>\n' for index in range(ROWS + 2))
    table = f"<table>\n<thead><tr></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"
    printed = for_paper(f'<p><a href="#op-{ROWS + 1}">here</a></p>{table}')
    assert re.findall(r'id="op-(\d+)"', printed) == [*map(str, range(ROWS - 1)), str(ROWS + 1)]
    assert printed.endswith("</table>\n<p>2 more rows in postmortem.html.</p>")


def test_a_long_word_of_a_table_may_break_and_an_escaped_letter_stays_whole() -> None:
    word = "a" * WORD
    table = f'<table><td class="{word}b">{word}&#34;{word}</td></table>'
    assert for_paper(table) == f'<table><td class="{word}b">{word}<wbr>&#34;{word[1:]}<wbr>a</td></table>'
    assert for_paper(f"<p>{word}{word}</p>") == f"<p>{word}{word}</p>"


@pytest.mark.slow
@pytest.mark.needs("pango")
def test_without_a_font_it_says_so_in_one_line(run_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    no_fonts(monkeypatch, tmp_path)
    with pytest.raises(GamedayError, match=r"^PDF needs a font, and there is none on this machine"):
        write_pdf(run_dir)
    assert not list(run_dir.glob("*.pdf"))


@pytest.mark.slow
@pytest.mark.needs("pango")
def test_both_pages_are_written_as_pdf_and_nothing_is_left_beside_them(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    only_font(monkeypatch, tmp_path_factory.mktemp("fonts"), 602)
    render(run_dir)
    before = set(run_dir.iterdir())
    written = write_pdf(run_dir)
    assert [path.name for path in written] == ["postmortem.pdf", "appendix.pdf", "brief.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in written)
    assert set(run_dir.iterdir()) == before | set(written)


@pytest.mark.slow
@pytest.mark.needs("pango")
def test_a_page_cannot_load_anything_from_outside(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only_font(monkeypatch, tmp_path, 602)
    weasyprint = importlib.import_module("weasyprint")
    with pytest.raises(ValueError, match="must not load anything from outside"):
        FetchNothing()("http://127.0.0.1/x")
    # A refused image is left out, as a browser leaves out a missing one.
    written = weasyprint.HTML(string='<img src="http://127.0.0.1/x.png">', url_fetcher=FetchNothing()).write_pdf()
    assert written.startswith(b"%PDF-")
