"""Recognises names of people, in any script, by the lists of names that Faker has for its locales."""

from __future__ import annotations

import functools
import importlib
import itertools
import pkgutil
import re
import unicodedata
from collections.abc import Iterable

import msgspec

#: Faker's lists by what they hold.
_GIVEN = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
_FAMILY = ("last_names", "last_names_male", "last_names_female")
_PARTS = re.compile(r"[\s,.·・]+")
#: A name has at most so many words; a longer text is a sentence.
_MOST_WORDS = 4
_LONGEST = 60
#: Names in these scripts are written without blanks: the family's, then the given one.
_JOINED = re.compile(r"[぀-ヿ㐀-鿿가-힯]{2,5}")
#: Names that business uses for other things: a text with one of them is not a name.
_BUSINESS = frozenset(
    {
        *("account", "america", "american", "angel", "approval", "art", "asia", "austria", "bank"),
        *("best", "bird", "black", "blue", "book", "box", "bronze", "brown", "business"),
        *("case", "cash", "center", "central", "channel", "christian", "class", "close", "closed"),
        *("coast", "college", "contact", "customer", "data", "day", "deal", "delivery", "direct"),
        *("director", "early", "east", "end", "energy", "europe", "express", "field", "fund"),
        *("gold", "green", "ground", "group", "hard", "high", "home", "hotel", "house"),
        *("inside", "international", "lead", "list", "long", "low", "mail", "major", "mark"),
        *("market", "media", "middle", "new", "north", "office", "open", "order", "pacific"),
        *("partner", "period", "premier", "price", "public", "red", "retail", "rich", "royal"),
        *("sale", "sales", "service", "set", "short", "silver", "small", "soft", "south"),
        *("standard", "support", "term", "texas", "true", "unit", "web", "west", "white"),
        *("will", "york", "london", "paris", "berlin", "april", "may", "june", "august"),
    }
)
#: Letters that are written otherwise where a keyboard lacks them, and those that have no marks to leave out.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_LETTERS = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
#: Somebody is addressed; "Sr. Manager" is a rank, and so is no title here.
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Mme|Herrn?|Frau|Prof|Dr|Señora?)\b\.? [A-ZÀ-ÞŁŚŻŠŽČŞĞİ][\w'\u2019]+")
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "sir", "mme", "herr", "frau", "sra", "sr", "jr"})


class _Names(msgspec.Struct, frozen=True):
    given: frozenset[str]
    family: frozenset[str]


@functools.cache
def _names() -> _Names:
    """All given and family names that Faker knows, without case; loaded on first use, which takes 0.3 s."""
    from faker.providers import person

    listed: dict[str, set[str]] = {"given": set(), "family": set()}
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for kind, attributes in (("given", _GIVEN), ("family", _FAMILY)):
            for attribute in attributes:
                names = getattr(provider, attribute, ())
                # Some providers compute theirs from the others.
                if isinstance(names, Iterable):
                    listed[kind].update(names)
    # Locales share many names, and each is spelt once.
    spelt = {kind: frozenset(itertools.chain.from_iterable(map(spellings, names))) for kind, names in listed.items()}
    return _Names(**spelt)


def spellings(name: str) -> set[str]:
    """A name without case, as it is written with and without its marks.

    >>> sorted(spellings("Özgür"))
    ['oezguer', 'ozgur', 'özgür']
    """
    folded = name.casefold()
    if folded.isascii():
        return {folded}
    return {folded, _plain(folded), _plain(folded.translate(_UMLAUTS))}


def _plain(text: str) -> str:
    written = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return written if written.isascii() else "".join(char for char in written if not unicodedata.combining(char))


def is_full_name(text: str) -> bool:
    """Whether a text is a given and a family name that are both known, in either order.

    >>> is_full_name("Anna Schmidt"), is_full_name("Schmidt, Anna"), is_full_name("Closed Won")
    (True, True, False)
    """
    words = _words(text)
    if not 2 <= len(words) <= _MOST_WORDS:
        return False
    names, first, last = _names(), words[0], words[-1]
    return (first in names.given and last in names.family) or (first in names.family and last in names.given)


def name_parts(text: str) -> list[str]:
    """The words of a full name, without case and titles, for people are called by one of them; none of another text.

    >>> name_parts("Frau Schmidt, Anna"), name_parts("Closed Won")
    (['schmidt', 'anna'], [])
    """
    return _words(text) if is_full_name(text) else []


def has_name(text: str) -> bool:
    """Whether a sentence names somebody: after a title, or by a known given and family name, both with a capital.

    >>> has_name("ask Anna Schmidt on Monday"), has_name("per Mr. O'Shea"), has_name("Net 30 after Delivery")
    (True, True, False)
    """
    if _TITLED.search(text):
        return True
    words = _WORD.findall(text)
    return any(
        one[0].isupper() and other[0].isupper() and is_full_name(f"{one} {other}")
        for one, other in itertools.pairwise(words)
    )


def may_be_name(text: str) -> bool:
    """Whether a text may be somebody's name: it has a known given name, or is written as one in Chinese or Korean.

    Also words that are names and something else, such as Virginia; so one such value of a field says little.
    """
    words = _words(text)
    if not 1 <= len(words) <= _MOST_WORDS:
        return False
    names = _names()
    if _JOINED.fullmatch(text):
        return any(text[:size] in names.family for size in (1, 2, 3)[: len(text) - 1])
    return words[0] in names.given or words[-1] in names.given


def may_be_family(text: str) -> bool:
    """Whether a text is one word that is a family's name; so are many words of business, such as Stone."""
    words = _words(text)
    return len(words) == 1 and words[0] in _names().family


def _words(text: str) -> list[str]:
    if len(text) > _LONGEST or any(char.isdigit() for char in text):
        return []
    words = [word for word in _PARTS.split(text.casefold()) if word and word not in _TITLES]
    is_name = all(any(char.isalpha() for char in word) and word not in _BUSINESS for word in words)
    return words if is_name else []
