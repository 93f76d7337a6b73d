"""The words that blame, as data: what to look for, and what to write instead.

From the literature on blameless postmortems: ask what and how, not who and why; describe what was known then, not what
is known now (hindsight); name the condition that let it happen, not the person who was there.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Wording(NamedTuple):
    """A pattern (case does not matter, words are whole) and the better wording."""

    pattern: str
    instead: str


BLAME = (
    Wording(
        r"should(?:n't| not)? have|ought to have",
        "say what was known then and what was done: 'at 10:05 the alert said'",
    ),
    Wording(r"would have been (?:easy|obvious|simple)", "say what will be different next time, as an action"),
    Wording(r"fail(?:ed|s|ing|ure) to", "say what happened instead: 'the job ended before it'"),
    Wording(r"(?:human|operator|user|pilot) errors?", "say which condition let one action do so much"),
    Wording(
        r"careless(?:ly|ness)?|negligen(?:t|tly|ce)|slopp(?:y|ily|iness)|laz(?:y|ily|iness)",
        "say what the step looked like to whoever took it",
    ),
    Wording(
        r"stupid(?:ly|ity)?|incompeten(?:t|ce)|ignoran(?:t|ce)|foolish(?:ly)?|reckless(?:ly)?",
        "leave it out: it explains nothing",
    ),
    Wording(r"at fault|to blame|blam(?:ed?|es|ing)|guilty|culprits?", "name the contributing condition"),
    Wording(r"responsible for (?:the|this) (?:outage|incident|error|loss)", "name the contributing condition"),
    Wording(
        r"forgot(?:ten)?|forgets?|neglected|overlooked",
        "say what did not remind or show: 'nothing on the page showed it'",
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

#: A mean of a few trials says nothing; of so many it may.
ENOUGH_TRIALS = 20
_MEAN = re.compile(
    r"\b(?:on average|averag(?:e|es|ed|ing)|mean (?:time|of|detection|recovery|repair)|the mean|MTTR|MTTD|MTTA|MTBF)\b",
    re.IGNORECASE,
)
_TRIALS = re.compile(r"\b(\d[\d,]*) (?:trials|runs|game days|incidents|exercises)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]?")

_BLAME = tuple((re.compile(rf"(?<!\w)(?:{w.pattern})(?!\w)", re.IGNORECASE), w.instead) for w in BLAME)


class Found(NamedTuple):
    """What stands there, and what to write instead."""

    words: str
    instead: str


def blame(text: str) -> list[Found]:
    """Each wording that blames, in the order of the text."""
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    hits = [
        (match.start(), Found(match[0], instead)) for pattern, instead in _BLAME for match in pattern.finditer(text)
    ]
    return [found for _, found in sorted(hits)]


def persons(text: str, names: tuple[str, ...]) -> list[Found]:
    """Each of these names that the text has, whole or its first or last word."""
    wanted = {part for name in names for part in (name, *name.split()) if len(part) > 2}
    found = []
    for name in sorted(wanted, key=lambda part: (-len(part), part)):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if match := pattern.search(text):
            found.append(Found(match[0], "name the role: 'who was on call', 'the release owner'"))
            text = pattern.sub(" ", text)
    return found


def means(text: str) -> list[Found]:
    """Each mean whose sentence does not say that it is of ENOUGH_TRIALS trials or more."""
    found = []
    for sentence in _SENTENCE.findall(text):
        match = _MEAN.search(sentence)
        if match is None:
            continue
        told = _TRIALS.search(sentence)
        if told is None or int(told[1].replace(",", "")) < ENOUGH_TRIALS:
            instead = f"show every trial, or say of how many it is ({ENOUGH_TRIALS} trials or more)"
            found.append(Found(match[0], instead))
    return found
