"""Numbers of things in sentences, with the verb that fits: "1 deal was", "3 deals were", "1 of 3 deals was"."""

from __future__ import annotations

_SEVERAL = {"is": "are", "was": "were", "has": "have"}


def plural(number: int, noun: str, several: str = "", *, verb: str = "") -> str:
    """``1 deal``, ``2 deals``; ``several`` is the plural where it does not end with s, ``verb`` that of one.

    >>> plural(1, "entry", "entries"), plural(1200, "deal"), plural(2, "deal", verb="was")
    ('1 entry', '1,200 deals', '2 deals were')
    """
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}{_with(verb, number)}"


def every(number: int, noun: str, several: str = "", *, verb: str = "") -> str:
    """``the only deal``, ``all 3 deals``.

    >>> every(1, "deal", verb="is"), every(3, "deal", verb="has")
    ('the only deal is', 'all 3 deals have')
    """
    return f"the only {noun}{_with(verb, 1)}" if number == 1 else f"all {plural(number, noun, several, verb=verb)}"


def out_of(number: int, of: int, noun: str, several: str = "", *, verb: str = "") -> str:
    """``1 of 3 deals``.

    >>> out_of(2, 3, "deal"), out_of(1, 1, "deal", verb="was"), out_of(2, 3, "entry", "entries", verb="belongs")
    ('2 of 3 deals', '1 of 1 deal was', '2 of 3 entries belong')
    """
    return f"{number:,} of {plural(of, noun, several)}{_with(verb, number)}"


def _with(verb: str, number: int) -> str:
    if verb and number != 1:
        verb = _SEVERAL.get(verb) or verb.removesuffix("s")
    return f" {verb}" if verb else ""
