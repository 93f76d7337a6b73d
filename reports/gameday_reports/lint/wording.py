"""The words that blame, as data: what to look for, and what to write instead.

From the literature on blameless postmortems (J. Allspaw, "Blameless PostMortems and a Just Culture", 2012; "Site
Reliability Engineering", chapter 15): ask what and how, not who and why; describe what was known then, not now;
name the condition that let it happen, not the person who was there.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Wording(NamedTuple):
    """A pattern (matched as whole words, without case) and the better wording."""

    pattern: str
    instead: str


BLAME = (
    Wording(
        r"should(?:n't| not)? have|ought to have",
        "say what was known and done at the time: 'at 10:05 the alert said'",
    ),
    Wording(r"would have been (?:easy|obvious|simple)", "say what will be different next time, as an action"),
    Wording(r"fail(?:ed|s|ing|ure) to", "say what happened instead: 'the job ended before it'"),
    Wording(r"(?:human|operator|user|pilot) errors?", "say which condition let a single action do so much"),
    Wording(
        r"careless(?:ly|ness)?|negligen(?:t|tly|ce)|slopp(?:y|ily|iness)|laz(?:y|ily|iness)",
        "say what the step looked like to the person who took it",
    ),
    Wording(
        r"stupid(?:ly|ity)?|incompeten(?:t|ce)|ignoran(?:t|ce)|foolish(?:ly)?|reckless(?:ly)?",
        "leave it out: it does not explain anything",
    ),
    Wording(r"at fault|to blame|blam(?:ed?|es|ing)|guilty|culprits?", "name the contributing condition"),
    Wording(r"responsible for (?:the|this) (?:outage|incident|error|loss)", "name the contributing condition"),
    Wording(
        r"forgot(?:ten)?|forgets?|neglected|overlooked",
        "say which reminder or display was missing: 'nothing on the page showed it'",
    ),
    Wording(r"obvious(?:ly)?|of course", "say what showed it, and when"),
    Wording(
        r"(?:he|she) (?:did|didn't|was|had|broke|caused|missed)", "name the role or the system: 'the deploy', 'on call'"
    ),
    Wording(
        r"(?:did not|didn't) follow (?:the )?(?:procedure|process|runbook)|broke (?:the rules?|procedure|protocol)",
        "say how the procedure and the work differ",
    ),
)

#: An average of fewer runs than these is not meaningful.
ENOUGH_RUNS = 20
_MEAN = re.compile(
    r"\b(?:on average|averag(?:e|es|ed|ing)|mean (?:time|of|detection|recovery|repair)|the mean|MTTR|MTTD|MTTA|MTBF)\b",
    re.IGNORECASE,
)
_RUNS = re.compile(r"\b(\d[\d,]{0,20}) (?:runs|game days|incidents|exercises)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]?")

_BLAME = tuple((re.compile(rf"(?<!\w)(?:{w.pattern})(?!\w)", re.IGNORECASE), w.instead) for w in BLAME)


class Finding(NamedTuple):
    """Words of the text, and what to write instead."""

    words: str
    instead: str


def blame(text: str) -> list[Finding]:
    """Each wording that blames, in the order of the text."""
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    placed = [
        (match.start(), Finding(match[0], instead)) for pattern, instead in _BLAME for match in pattern.finditer(text)
    ]
    return [finding for _, finding in sorted(placed)]


def persons(text: str, names: tuple[str, ...]) -> list[Finding]:
    """Each of these names that occurs in the text, as a whole or by one of its words."""
    wanted = {part for name in names for part in (name, *name.split()) if len(part) > 2}
    findings = []
    for name in sorted(wanted, key=lambda part: (-len(part), part)):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if match := pattern.search(text):
            findings.append(Finding(match[0], "name the role: 'the engineer on call', 'the release owner'"))
            text = pattern.sub(" ", text)
    return findings


def averages(text: str) -> list[Finding]:
    """Each average whose sentence does not say that it covers at least ENOUGH_RUNS runs."""
    findings = []
    for sentence in _SENTENCE.findall(text):
        match = _MEAN.search(sentence)
        if match is None:
            continue
        number = _RUNS.search(sentence)
        if number is None or int(number[1].replace(",", "")) < ENOUGH_RUNS:
            instead = f"show every run, or say how many runs it covers (at least {ENOUGH_RUNS})"
            findings.append(Finding(match[0], instead))
    return findings
