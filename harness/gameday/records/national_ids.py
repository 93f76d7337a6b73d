"""Recognises national ids by their check digits. python-stdnum knows the rules of each country."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection
from typing import NamedTuple

_DIGITS_9, _DIGITS_10, _DIGITS_11 = "[0-9]{9}", "[0-9]{10}", "[0-9]{11}"


class _Id(NamedTuple):
    """The ids of a country: stdnum's module, and what they look like."""

    module: str
    form: str


#: Ids whose form hardly anything else has, so that one with the right check digits or letter is enough.
_OF_LETTERS = (
    _Id("es.dni", r"[0-9]{8}-?[A-Z]"),
    _Id("es.nie", r"[XYZ]-?[0-9]{7}-?[A-Z]"),
    _Id("fi.hetu", r"[0-3][0-9]{5}[-+A-FU-Y][0-9]{3}[0-9A-Y]"),
    _Id("it.codicefiscale", r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"),
    _Id("fr.nir", r"[12][0-9]{2}[01][0-9][0-9][0-9AB][0-9]{8}"),
    _Id("cn.ric", r"[0-9]{17}[0-9X]"),
    _Id("be.nn", r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}"),
    _Id("se.personnummer", r"(?:19|20)?[0-9]{6}[-+][0-9]{4}"),
)
#: Any number of that length has the form, and one in ten or more the right check digits: it takes several of them.
_OF_DIGITS = (
    _Id("de.idnr", _DIGITS_11),
    _Id("be.nn", _DIGITS_11),
    _Id("br.cpf", _DIGITS_11),
    _Id("no.fodselsnummer", _DIGITS_11),
    _Id("pl.pesel", _DIGITS_11),
    _Id("tr.tckimlik", _DIGITS_11),
    _Id("nl.bsn", _DIGITS_9),
    _Id("ca.sin", rf"{_DIGITS_9}|[0-9]{{3}}([ -])[0-9]{{3}}\1[0-9]{{3}}"),
    _Id("au.tfn", rf"{_DIGITS_9}|[0-9]{{3}} [0-9]{{3}} [0-9]{{3}}"),
    _Id("gb.nhs", rf"{_DIGITS_10}|[0-9]{{3}} [0-9]{{3}} [0-9]{{4}}"),
    _Id("se.personnummer", rf"(?:19|20)?{_DIGITS_10}"),
    _Id("in_.aadhaar", r"[2-9][0-9]{3}( ?)[0-9]{4}\1[0-9]{4}"),
    _Id("kr.rrn", r"[0-9]{6}-?[0-9]{7}"),
    _Id("za.idnr", r"[0-9]{13}"),
)
#: So many different ones, and at least half of all values of a field, are no chance: of three numbers, two or more
#: have a right check digit in 3 of 100 fields.
FEWEST, HALF = 3, 0.5


def national_ids(texts: Collection[str]) -> set[str]:
    """Those of a field's different texts that are national ids of one country by their check digits, if half are.

    >>> sorted(national_ids(["12345678Z", "X1234567L"])), national_ids(["12345678A", "12345678B"])
    (['12345678Z', 'X1234567L'], set())
    """
    certain = set[str]().union(*(_valid(each, texts) for each in _OF_LETTERS))
    if certain and len(certain) >= HALF * len(texts):
        return certain
    for each in _OF_DIGITS:
        valid = _valid(each, texts)
        if len(valid) >= FEWEST and len(valid) >= HALF * len(texts):
            return valid
    return set()


def _valid(id_: _Id, texts: Collection[str]) -> set[str]:
    form = re.compile(id_.form)
    fitting = [text for text in texts if form.fullmatch(text)]
    if not fitting:
        return set()
    # Each country's rules are loaded only for what may be one of its ids.
    module = importlib.import_module(f"stdnum.{id_.module}")
    return {text for text in fitting if module.is_valid(text)}
