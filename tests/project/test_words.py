"""The project's words: one word for each thing, in documents, messages, comments and names."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from support.rows import rows

_SPEC = importlib.util.spec_from_file_location("words", Path(__file__).with_name("words.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
words = importlib.util.module_from_spec(_SPEC)
sys.modules["words"] = words
_SPEC.loader.exec_module(words)


@pytest.mark.slow
def test_the_word_list_is_kept() -> None:
    found = [str(each) for each in words.findings([])]
    assert not found, "\n".join(found)


@rows(
    ("text", "word"),
    [
        ("It was mended.", "mended"),
        ('"""It must be above\n    nought."""', "nought"),
        ("# Nobody\n# knows what happened.", "Nobody knows"),
        ("def test_nobody_knows() -> None:", "nobody knows"),
        ("class SilentLoss:", "Silent"),
        ("self.isHarmed = True", "Harmed"),
        ("The run was invalid.", "run was invalid"),
        ("result is UNKNOWN", "UNKNOWN"),
        ("by 3 unknown", "3 unknown"),
        ("faults stand", "faults stand"),
        ("nobody was told of it", "told"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, word: str) -> None:
    assert word in [each.word for each in words.scan("docs/page.md", text)]


@rows(
    "text",
    [
        "unknown fault 'x'; known: 'y'",
        "raise ValueError('invalid JSON')",
        "INVALID_FIELD",
        "amended and recommended",
        "an outstanding and long-standing question",
        "unless told otherwise",
        "when it is told to stop",
        "hands over the rest",
        "in the real world",
        "NetSuite drops unknown fields silently",
    ],
)
def test_plain_english_is_left_alone(text: str) -> None:
    assert list(words.scan("docs/page.md", text)) == []


def test_a_finding_says_where_and_what_to_write_instead() -> None:
    (finding,) = words.scan("docs/page.md", "One\ntwo strangers\n")
    assert str(finding).startswith('docs/page.md:2: "strangers": write "orphan order"')


def test_what_a_template_inserts_is_no_text() -> None:
    assert list(words.scan("reports/page.html.jinja", "{{ run.harmed }} {% if told %}")) == []


def test_every_exemption_has_a_reason_and_is_needed() -> None:
    import re
    import tomllib

    for each in tomllib.loads(words.LIST.read_text())["exempt"]:
        assert each["reason"]
        paths = [name for name in words.files() if words.fnmatch(name, each["file"])]
        assert any(re.search(each["text"], (words.ROOT / name).read_text()) for name in paths), each
