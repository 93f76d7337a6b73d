"""Text from outside is shown literally in HTML, Markdown and XML."""

from __future__ import annotations

import html
import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gameday.model.checker import DeadLetter, Result, Verdict
from gameday_reports import render
from gameday_reports.environment import _environment, fill
from gameday_reports.wire import for_html, for_markdown, one_line, visible

pytestmark = pytest.mark.slow  # a table of cases that takes seconds

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></style></svg><b>x</b>",
    "{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("http://x","y")',
    "[click](javascript:alert(1)) ![](http://x/y.png) <http://x> https://x.example www.x.example a@x.example",
    "| a | b |\n|---|---|\n# heading\n- item\n1. item\n> quote\n```\ncode\n```\n    indented",
    "`code` *em* __strong__ ~~gone~~ &lt;i&gt; \\<i\\> $x$ [^1]",
    "end\x03of\x00text\x1b[31m",
    "safe\u202egnp.exe\u2066x\u2069\u200b\ufeff\u2028y",
    "]]> <!-- <![CDATA[ <?xml ?>",
    "deal \U0001f4b6 é 漢字",
)


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def record(sketch: Any, text: str, runs_dir: Path) -> Path:
    """A run in which every text from outside is this one."""
    sketch.name = sketch.description = text
    sketch.stack = text
    sketch.phases()
    sketch.fault(0, 60, None, text, text, **{"field": text})
    lost = sketch.deal(text, 70, "20", customer=text, currency=text)
    twice = sketch.deal(f"2{text}", 75, "10", currency=text)
    sketch.order(twice, text, 80)
    sketch.order(twice, f"2{text}", 90)
    sketch.refused(lost, 72, text)
    sketch.signal(100, "alert", text, reason=text, owner=text, key=text, text=text, severity=text)
    sketch.signal(120, "ticket", "nothing", reason=text, key=text)
    sketch.op(130, "harness", "note", "info", text=text)
    sketch.op(140, "harness", "human", "ok", act=text)
    sketch.letters.append(DeadLetter(text, text, text, text))
    sketch.verdicts = (Verdict(text, Result.FAILED, text, (text,)),)
    run_dir: Path = sketch.record(runs_dir)
    render(run_dir)
    return run_dir


@pytest.fixture
def hostile_run(sketch: Any, hostile: str, tmp_path: Path) -> Path:
    return record(sketch, hostile, tmp_path)


class Elements(HTMLParser):
    """The elements of a page in their order, each with the names of its attributes."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.seen: list[tuple[str, ...]] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, *(name for name, _ in attrs)))


def test_hostile_text_adds_no_element_to_the_html(hostile_run: Path, new_sketch: Any, tmp_path: Path) -> None:
    harmless = record(new_sketch(), "harmless", tmp_path / "harmless")
    assert Elements(hostile_run / "postmortem.html").seen == Elements(harmless / "postmortem.html").seen


def test_html_shows_the_text_literally(hostile_run: Path, hostile: str) -> None:
    page = html.unescape((hostile_run / "postmortem.html").read_text(encoding="utf-8"))
    assert visible(hostile) in page


def test_markdown_renders_without_html_link_image_or_code_of_the_text(hostile_run: Path) -> None:
    text = (hostile_run / "postmortem.md").read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inline)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "s_open", "em_open", "fence"}
    headings = [token for token in tokens if token.type == "heading_open" and token.tag == "h2"]
    assert len(headings) == 17


def test_xml_is_well_formed_and_has_the_text(hostile_run: Path, hostile: str) -> None:
    root = ET.fromstring((hostile_run / "junit.xml").read_bytes())  # noqa: S314 - our own output
    case = root.find("testsuite/testcase")
    failure = case.find("failure") if case is not None else None
    assert failure is not None
    assert failure.get("message") == visible(one_line(hostile))


def test_json_has_the_text_unchanged(hostile_run: Path, hostile: str) -> None:
    results = json.loads((hostile_run / "results.json").read_text(encoding="utf-8"))
    assert hostile in {order["deal"] for order in results["orders"]}


def test_no_control_or_bidi_character_is_left_in_any_text(hostile_run: Path) -> None:
    for name in ("postmortem.html", "postmortem.md", "junit.xml"):
        text = (hostile_run / name).read_text(encoding="utf-8")
        assert visible(text) == text


# -- the escapes -------------------------------------------------------------------------------------


@given(st.text())
def test_markdown_of_any_text_is_that_text_and_nothing_else(text: str) -> None:
    escaped = str(for_markdown(text))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"| a |\n|---|\n| x {escaped} x |\n")
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 2
    children = cells[1].children or []
    assert {child.type for child in children} == {"text"}
    assert "".join(child.content for child in children) == f"x {visible(one_line(text))} x"


@given(st.text())
def test_markdown_of_any_text_at_the_start_of_a_line_is_a_paragraph(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"before\n\n{for_markdown(text)}\n")
    assert {token.type for token in tokens} <= {"paragraph_open", "paragraph_close", "inline"}


@given(st.text())
def test_any_text_survives_xml(text: str) -> None:
    escaped = jinja2.Template("<a>{{ x }}</a>", autoescape=True, finalize=for_html).render(x=text)
    parsed = ET.fromstring(escaped).text or ""  # noqa: S314 - our own output
    assert parsed == visible(text)


def test_a_template_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(jinja2.UndefinedError):
        fill("junit/templates/junit.xml.jinja", {})


def test_every_environment_escapes() -> None:
    for kind in ("html", "xml", "md"):
        assert "<" not in _environment(kind).from_string("{{ x }}").render(x="<b>")
