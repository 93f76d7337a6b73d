"""Tags with a meaning: what is nearly one of them would be taken for a tag of the user's own, and change a result."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from gameday.base.errors import GamedayError
from gameday.model.scenario import EXPECTED_BY_TAG, MODE_TAG

#: What stands after the colon of each.
CLAIMS = {**dict.fromkeys(EXPECTED_BY_TAG, "STACK"), MODE_TAG: "NUMBER"}
_WORD = re.compile(r"[A-Za-z]+")
#: How alike two words are of which the one is taken for the other, misspelled.
ALIKE = 0.7


def tag_mistakes(tags: Iterable[str]) -> Iterator[GamedayError]:
    """What is wrong with the tags that have, or nearly have, a meaning; any other tag is the user's own.

    >>> [str(each) for each in tag_mistakes(["fail:brittle", "gate", "jira:ABC-1"])]
    ["tag '@fail:brittle' has no meaning (did you mean '@fails:brittle'?)"]
    """
    for tag in tags:
        word, colon, value = tag.partition(":")
        if word in CLAIMS:
            yield from _value_mistakes(tag, word, value)
            continue
        value = value or _rest(word)
        if claim := _claim_like(word, value, with_colon=bool(colon)):
            hint = f"did you mean '@{claim}:{value or CLAIMS[claim]}'?"
            yield GamedayError(f"tag {f'@{tag}'!r} has no meaning", hint=hint)


def _value_mistakes(tag: str, word: str, value: str) -> Iterator[GamedayError]:
    if not value:
        yield GamedayError(f"tag {f'@{tag}'!r} says no {CLAIMS[word].lower()}", hint=f"@{word}:{CLAIMS[word]}")
    elif word == MODE_TAG and not (value.isascii() and value.isdigit() and int(value[:9]) > 0):
        yield GamedayError(f"tag {f'@{tag}'!r} names no failure mode", hint="a number, as in @mode:7")


def _claim_like(word: str, value: str, *, with_colon: bool) -> str:
    """The claim that a tag's word stands for, misspelled or without its colon; empty if it stands for none."""
    first = _WORD.match(word)
    if first is None or (first.group() == word and not with_colon):
        # A word alone is a group of scenarios, whatever it is called.
        return ""
    # Without a colon most words with a sign in them are the user's own.
    alike = ALIKE if with_colon and first.group() == word else 1.0
    close = difflib.get_close_matches(first.group().lower(), CLAIMS, n=1, cutoff=alike)
    if not close or (close[0] == MODE_TAG and not value.isdigit()):
        return ""
    return close[0]


def _rest(word: str) -> str:
    """What follows the first word and a sign: ``brittle`` of ``fails-brittle``."""
    return _WORD.sub("", word, count=1).lstrip("-_=.")
