"""A number in a sentence is one by ``gameday.base.counts``: "1 deal was", never "1 deals were"."""

from __future__ import annotations

import re
from pathlib import Path

REPO = Path(__file__).parents[2]
SOURCES = ("harness/gameday", "fakes/gameday_fakes", "reports/gameday_reports")

_NOUNS = (
    "acts actions alerts attempts changes columns connections copies customers deals documents entries errors events "
    "failures faults features fields files findings flows hits hosts incidents invoices issues items letters lines "
    "messages objects operations orders pages places problems records replies requests rows runs scenarios schedules "
    "seeds signals stacks steps tickets times values writes"
)
_NOUN = rf"(?! of them)(?: [a-z]+){{0,2}} (?:{_NOUNS.replace(' ', '|')})\b"
#: A number with its thousands, in the code of a sentence, before a plural; a constant (in capitals) is never one.
_IN_CODE = re.compile(r"\{(?![A-Z_]+:)[^{}]*:,\}(?: of \{[^{}]*:,\})?" + _NOUN)
_IN_TEMPLATE = re.compile(r"\| (?:count|length)(?: \| count)? \}\}" + _NOUN)
#: What the same line tells apart.
_ALONE = re.compile(r"== 1\b|> 1\b|if len\(\w+\) > ")


def test_no_sentence_says_1_deals() -> None:
    found = []
    for folder in SOURCES:
        for path in sorted((REPO / folder).rglob("*")):
            pattern = {".py": _IN_CODE, ".jinja": _IN_TEMPLATE}.get(path.suffix)
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1) if pattern else ():
                if pattern and pattern.search(line) and not _ALONE.search(line) and '"""' not in line:
                    found.append(f"{path.relative_to(REPO)}:{number}: {line.strip()}")
    assert not found, "use gameday.base.counts:\n" + "\n".join(found)
