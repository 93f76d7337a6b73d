"""Looks at values, whatever their field is called: which may be an e-mail address, a telephone number, a name.

A classification is a promise about a field, and people write into any field. So drafts, `gameday record` and the gate
look at the values too before they keep them.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gameday.records.national_ids import national_ids
from gameday.records.people import has_name, is_full_name, may_be_family, may_be_name
from gameday.records.redaction.texts import kind_of

EMAIL, PHONE, IBAN = "e-mail addresses", "telephone numbers", "IBANs"
CARD, BIRTHDAY, ADDRESS, NAME = "card numbers", "birthdays", "street addresses", "names of people"
ID, HANDLE, PLACE = "national ids", "handles of people", "coordinates"

#: A longer text is searched up to here.
_LONGEST = 2_000
_MOST_TEXTS = 2_000
_EMAIL = re.compile(r"[^\s@<>\"',;:]{1,64}@[^\s@<>\"',;:]{1,255}\.[^\s@<>\"',;:]{2,}")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}")
#: As short as an IBAN may be, to try what precedes further words in capital letters.
_SHORTEST_IBAN = 15
_CARD = re.compile(r"(?<![0-9])[2-6][0-9]{3}([ -])[0-9]{4,6}\1[0-9]{4,5}(?:\1[0-9]{4})?(?![0-9])")
_PLAIN_CARD = re.compile(r"[2-6][0-9]{12,18}")
_PHONES = (
    # With a country code, anywhere in a text; but not the zone of a timestamp.
    re.compile(r"(?<![\w:.+])\+[1-9][0-9]{0,2}[ ()./-]{0,2}(?:[0-9][ ()./-]{0,2}){6,12}(?![0-9])"),
    # A national number begins with no 0, which ids of CRMs may have there: 006000000000001.
    re.compile(r"(?<!\w)00[1-9][0-9]0?[ ()./-]{0,2}[1-9](?:[ ()./-]{0,2}[0-9]){6,10}(?!\w)"),
    re.compile(r"(?<!\w)\(0?[0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{2,6}(?![0-9])"),
    re.compile(r"(?<![\w-])[2-9][0-9]{2}([-. ])[0-9]{3}\1[0-9]{4}(?![\w-])"),
    re.compile(r"(?<![\w-])0[1-9][0-9]{1,4}[ /-][0-9]{3,4}[ /-]?[0-9]{2,6}(?![\w-])"),
)
_ADDRESS = re.compile(
    r"(?i)[^\W\d_]{1,40}(?:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|laan|straat|gatan|vej) ?[0-9]{1,4}\b"
    r"|\b[0-9]{1,5} (?:[^\W\d_]{1,40} ){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct)\b"
    r"|\b(?:rue|calle|viale|rua|plaza|piazza|улица|ул\.|οδός) [^\d\n]{2,40} ?[0-9]{1,4}\b"
    r"|\b[0-9]{1,4},? (?:rue|avenue|boulevard) [^\W\d_]"
    r"|[0-9]{1,4}(?:丁目|番地|號|号)|[^\W\d_]{1,40}(?:로|길) ?[0-9]{1,4}"
)
#: National ids whose form is hardly anything else's: of the USA, Brazil, Italy and France.
_IDS = re.compile(
    r"(?<![\w-])(?:(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}"
    r"|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"
    r"|[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]"
    r"|[12] [0-9]{2} (?:0[1-9]|1[0-2]) [0-9][0-9AB] [0-9]{3} [0-9]{3}(?: [0-9]{2})?)(?![\w-])"
)
#: What a code of a product may look like too, so that only many of them say it: ids of Britain and India.
_OF_MANY = (
    (ID, re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]")),
    (ID, re.compile(r"[2-9][0-9]{3} [0-9]{4} [0-9]{4}")),
    (HANDLE, re.compile(r"@[^\W\d][\w.-]{1,40}")),
)
#: Degrees with four decimals say where somebody lives.
_PLACE = re.compile(r"(?<![\d.])-?[0-9]{1,3}\.[0-9]{4,}\s?[,;/ ]\s?-?[0-9]{1,3}\.[0-9]{4,}(?![\d.])")
_YEARS = (
    re.compile(r"((?:19|20)[0-9]{2})-[0-9]{2}-[0-9]{2}(?![0-9])"),
    re.compile(r"[0-9]{1,2}[./][0-9]{1,2}[./]((?:19|20)[0-9]{2})"),
)
_BIRTH = re.compile(r"(?i)birth|(?<![a-z])dob(?![a-z])|geburt|naissance|nacimiento|nascita|nascimento")
#: Dates all so long ago, and so far apart, are birthdays rather than business (years).
_LONG_AGO, _APART, _FEWEST_YEARS = 14, 10, 4
_HALF = 0.5
#: Words of business have fewer digits: "Net 30".
_FEWEST_DIGITS = 3
_DIGIT = re.compile(r"\d")
#: What is recognised within a text, by the name of one value; ids before telephone numbers, which may look alike.
_IN_TEXTS = (
    ("card number", (_CARD,)),
    ("national id", (_IDS,)),
    ("telephone number", _PHONES),
    ("coordinates", (_PLACE,)),
    ("street address", (_ADDRESS,)),
)
#: What may be before a value, and after it, without being a part of it.
_OPENING, _CLOSING = "([{", " )]}.!?-/"


def look_of(text: str) -> str:
    """The kind of personal value that a text is or has in it; empty if it has none that is recognised for certain.

    >>> look_of("ask anna@example.com"), look_of("Closed Won"), look_of("Anna Schmidt")
    ('e-mail addresses', '', 'names of people')
    """
    return _look_of(text[:_LONGEST])


# Values repeat: few of a million are different, and what is remembered is bounded.
@functools.lru_cache(maxsize=8_192)
def _look_of(text: str) -> str:
    if "@" in text and _EMAIL.search(text):
        return EMAIL
    if any(_is_iban(found[0]) for found in _IBAN.finditer(text)):
        return IBAN
    if _CARD.search(text):
        return CARD
    # Before telephone numbers, which may have the same form.
    if _IDS.search(text):
        return ID
    if any(pattern.search(text) for pattern in _PHONES):
        return PHONE
    if _PLACE.search(text):
        return PLACE
    if _ADDRESS.search(text):
        return ADDRESS
    return NAME if is_full_name(text) or has_name(text) else ""


def _is_iban(found: str) -> bool:
    return any(kind_of(found[:size]) == "iban" for size in range(len(found), _SHORTEST_IBAN - 1, -1))


def _kind(kind: str, _: str) -> str:
    return f"[{kind}]"


def without_personal(text: str, shown: Callable[[str, str], str] = _kind) -> str:
    """The text with each personal value that is recognised for certain replaced by its kind.

    Names of people are not among them: within a sentence they look like other words. ``shown`` gets the kind and the
    value, and returns what is in its place.

    >>> without_personal("Ask anna@example.com, or call +49 30 1234567.")
    'Ask [e-mail address], or call [telephone number].'
    """
    text = _EMAIL.sub(lambda found: _replaced(found[0], "e-mail address", shown, opening=_OPENING), text)
    text = _IBAN.sub(lambda found: shown("IBAN", found[0]) if _is_iban(found[0]) else found[0], text)
    for kind, patterns in _IN_TEXTS:
        for pattern in patterns:
            text = pattern.sub(functools.partial(_found, kind, shown), text)
    return text


def _found(kind: str, shown: Callable[[str, str], str], found: re.Match[str]) -> str:
    return _replaced(found[0], kind, shown)


def _replaced(found: str, kind: str, shown: Callable[[str, str], str], opening: str = "") -> str:
    """The kind in place of what was found, without the punctuation before and after it."""
    value = found.lstrip(opening).rstrip(_CLOSING)
    begin = len(found) - len(found.lstrip(opening))
    return f"{found[:begin]}{shown(kind, value)}{found[begin + len(value) :]}"


class Looks:
    """What the values of one field look like. It keeps texts of up to 60 characters, in memory only."""

    def __init__(self, name: str) -> None:
        """``name`` is the field's: of a date, only its name or many values say that it is a birthday."""
        self._says_birth = _BIRTH.search(name) is not None
        self._counts: Counter[str] = Counter()
        self._texts: Counter[str] = Counter()
        self._years: Counter[int] = Counter()
        self._dates = 0

    def add(self, value: Any) -> None:
        """Look at one value: a text, a number, or anything else, which is passed over."""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return
        text = value if isinstance(value, str) else str(value) if isinstance(value, int) and value < 10**20 else ""
        if look := look_of(text) if isinstance(value, str) else "":
            self._counts[look] += 1
        elif year := _year(text):
            self._years[year] += 1
            self._dates += 1
        elif text and (text in self._texts or len(self._texts) < _MOST_TEXTS):
            self._texts[text[:60]] += 1

    def found(self) -> dict[str, int]:
        """By kind, how many values look personal; empty if the field looks as if it had none."""
        found = dict(self._counts)
        plain = {text for text in self._texts if _PLAIN_CARD.fullmatch(text)}
        cards = {text for text in plain if kind_of(text) == "luhn"}
        # Of any long numbers, a tenth has the right check digit.
        if cards and len(cards) >= _HALF * len(plain):
            found[CARD] = found.get(CARD, 0) + sum(self._texts[text] for text in cards)
        if ids := national_ids(self._texts):
            found[ID] = found.get(ID, 0) + sum(self._texts[text] for text in ids)
        for kind, form in _OF_MANY:
            fitting = [text for text in self._texts if form.fullmatch(text) and text not in ids]
            if fitting and len(fitting) >= _HALF * len(self._texts):
                found[kind] = found.get(kind, 0) + sum(self._texts[text] for text in fitting)
        named = self._may_be_names()
        if named and len(named) >= _HALF * len(self._texts):
            found[NAME] = found.get(NAME, 0) + sum(self._texts[text] for text in named)
        if self._dates and (self._says_birth or self._are_birthdays()):
            found[BIRTHDAY] = self._dates
        return found

    def may_be_people(self) -> bool:
        """Whether the values may name or number people: then they are not written into a contract.

        Any given name will do, many family's names, or one handle, plate or number.
        """
        families = [text for text in self._texts if may_be_family(text)]
        return (
            bool(self.found())
            or bool(self._may_be_names())
            or (bool(families) and len(families) >= _HALF * len(self._texts))
            or any("@" in text or len(_DIGIT.findall(text)) >= _FEWEST_DIGITS for text in self._texts)
        )

    def _may_be_names(self) -> set[str]:
        return {text for text in self._texts if may_be_name(text)}

    def _are_birthdays(self) -> bool:
        newest, oldest = max(self._years), min(self._years)
        long_ago = datetime.datetime.now(datetime.UTC).year - newest >= _LONG_AGO
        return long_ago and newest - oldest >= _APART and len(self._years) >= _FEWEST_YEARS


def _year(text: str) -> int:
    found = next((match for pattern in _YEARS if (match := pattern.match(text))), None)
    return int(found[1]) if found else 0
