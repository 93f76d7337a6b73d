"""Pseudonyms for texts: ids, emails, dates and account numbers stay valid ones."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Literal

from gameday.records.alphabet import place
from gameday.records.redaction.permutation import Permutation
from gameday_fakes.manifests import id_form_of

Kind = Literal["email", "record id", "iban", "luhn", "date", "timestamp", "text"]

#: How many characters are permuted together; with more, a half would be larger than a hash.
_BLOCK = 96
#: How often a pseudonym is replaced by its own pseudonym until it is acceptable.
_STEPS = 256

_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}( ?[A-Z0-9]){11,30}")
_CARD = re.compile(r"[0-9]([ -]?[0-9]){12,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ])([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"((?:[.,][0-9]{1,9})?)((?:Z|[+-][0-9]{2}:?[0-9]{2})?)"
)
_DAY_S = 86_400


def kind_of(text: str) -> Kind:
    """The kind of a text, by its form and its check digits."""
    if "@" in text and _EMAIL.fullmatch(text):
        return "email"
    if id_form_of(text) is not None:
        return "record id"
    if _IBAN.fullmatch(text) and _is_iban(text):
        return "iban"
    if _CARD.fullmatch(text) and _luhn_digit(_bare(text)[:-1]) == text[-1]:
        return "luhn"
    if _DATE.fullmatch(text) and _day(text) is not None:
        return "date"
    moment = _TIMESTAMP.fullmatch(text)
    if moment and _day(moment[1]) is not None and int(moment[3]) < 24 and int(moment[4]) < 60 and int(moment[5]) < 60:
        return "timestamp"
    return "text"


class TextPseudonyms:
    """Replaces texts by others of the same kind, length and characters.

    The domain of an email becomes a reserved one (RFC 2606) of the same length; only one below six characters grows. A
    date keeps its year, and so its fiscal year. A vendor's ids keep what names the object and a valid checksum, and
    the different ways in which the same id is written the same pseudonym; IBANs keep the country.
    Of two texts that begin with the same 96 characters so do the pseudonyms.
    """

    def __init__(self, permutation: Permutation) -> None:
        self._permutation = permutation
        self._by_kind: dict[Kind, Callable[[str], str]] = {
            "email": self._email,
            "record id": self._record_id,
            "iban": self._iban,
            "luhn": self._luhn,
            "date": self._date,
            "timestamp": self._timestamp,
            "text": self._text,
        }

    def pseudonym(self, text: str, accepts: Callable[[str], bool] | None = None) -> str:
        """Another text of the same kind, one for which ``accepts`` answers as for the original.

        Pseudonyms of pseudonyms are tried until one is acceptable, which keeps different texts different. If a pattern
        allows no other letters, or no other digits, only the rest is replaced. If nothing helps, the first pseudonym is
        used anyway.
        """
        kind = kind_of(text)
        wanted = accepts(text) if accepts else True

        def fits(candidate: str) -> bool:
            return kind_of(candidate) == kind and (accepts is None or accepts(candidate) == wanted)

        disguise = self._by_kind[kind]
        found = _followed(text, disguise, fits)
        if found is None and kind == "text":
            found = _followed(text, self._digits, fits) or _followed(text, self._letters, fits)
        return disguise(text) if found is None else found

    def shuffled(self, text: str, tweak: str, *, number: bool = False, letters: str = "") -> str:
        """Each character replaced by one of its kind. A ``number`` of digits alone keeps how many digits count.

        Those of ``letters`` are replaced by others of these, small ones by small ones.
        """
        blocks = [text[start : start + _BLOCK] for start in range(0, len(text), _BLOCK)] or [""]
        before = ""
        found = []
        for block in blocks:
            found.append(self._block(block, f"{tweak}\0{before}", number=number and not before, letters=letters))
            # Equal blocks at different places, or after different beginnings, must not look equal.
            before = str(self._permutation.choose(before + block, 2**64, b"chain"))
        return "".join(found)

    def _block(self, text: str, tweak: str, *, number: bool, letters: str) -> str:
        places = [_among(char, letters) if letters else place(char) for char in text]
        if number and len(text) > 1 and text.isascii() and text.isdigit():
            places[0] = ("123456789", int(text[0]) - 1) if text[0] != "0" else ("0", 0)
        kinds = "".join(members[0] for members, _ in places)
        radices = [len(members) for members, _ in places]
        digits = [index for _, index in places]
        found = self._permutation.derange(digits, radices, f"{tweak}\0{kinds}".encode("utf-8", "surrogatepass"))
        return "".join(members[index] for (members, _), index in zip(places, found, strict=True))

    def _text(self, text: str) -> str:
        return self.shuffled(text, "text", number=True)

    def _digits(self, text: str) -> str:
        return self._only(text, str.isdigit)

    def _letters(self, text: str) -> str:
        return self._only(text, str.isalpha)

    def _only(self, text: str, chosen: Callable[[str], bool]) -> str:
        """Some of a text's characters replaced, and all others left."""
        others = "".join("\0" if chosen(char) else char for char in text)
        found = iter(self.shuffled("".join(filter(chosen, text)), f"only {others}"))
        return "".join(next(found) if chosen(char) else char for char in text)

    def _email(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        return f"{self.shuffled(local, f'email {domain.lower()}')}@{self._domain(domain)}"

    def _domain(self, domain: str) -> str:
        suffix = ".example" if len(domain) > len(".example") else ".test"
        length = max(1, len(domain) - len(suffix))
        for attempt in range(_STEPS):
            label = "".join(self._domain_letter(domain, place_, length, attempt) for place_ in range(length))
            if label + suffix != domain:
                break
        return label + suffix

    def _domain_letter(self, domain: str, place_: int, length: int, attempt: int) -> str:
        if place_ % 32 == 31 and place_ != length - 1:
            return "."
        return chr(ord("a") + self._permutation.choose(f"{attempt} {place_} {domain.lower()}", 26, b"domain"))

    def _record_id(self, text: str) -> str:
        form = id_form_of(text)
        if form is None:
            return self._text(text)
        end = form.kept + form.replaced if form.replaced else len(text)
        front, inner = text[: form.kept], text[form.kept : end]
        return front + self.shuffled(inner, f"record id {front}", letters=form.letters) + text[end:]

    def _iban(self, text: str) -> str:
        country, account = text[:2], self.shuffled(text[4:], f"iban {text[:2]}")
        return f"{country}{98 - _mod_97(f'{account}{country}00'):02}{account}"

    def _luhn(self, text: str) -> str:
        head = self.shuffled(text[:-1], "luhn")
        return head + _luhn_digit(_bare(head))

    def _date(self, text: str) -> str:
        year = int(text[:4])
        (number,) = self._permutation.derange([_day_number(text)], [_days_in(year)], f"date {year}".encode())
        return _date_of(year, number)

    def _timestamp(self, text: str) -> str:
        moment = _TIMESTAMP.fullmatch(text)
        if moment is None:
            return text
        year, mark = int(text[:4]), moment[6][:1]
        seconds = int(moment[3]) * 3600 + int(moment[4]) * 60 + int(moment[5])
        fraction = [int(digit) for digit in moment[6][1:]]
        found = self._permutation.derange(
            [_day_number(moment[1]), seconds, *fraction],
            [_days_in(year), _DAY_S, *(10 for _ in fraction)],
            f"timestamp {year}".encode(),
        )
        minutes, second = divmod(found[1], 60)
        clock = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
        return f"{_date_of(year, found[0])}{moment[2]}{clock}{mark}{''.join(map(str, found[2:]))}{moment[7]}"


def _among(char: str, letters: str) -> tuple[str, int]:
    """The characters that may replace this one where only some letters can be, and its position among them."""
    members = letters if char in letters else letters.upper()
    return (members, members.index(char)) if char in members else place(char)


def _followed(text: str, disguise: Callable[[str], str], fits: Callable[[str], bool]) -> str | None:
    """The first acceptable one in the chain of pseudonyms of pseudonyms; None if none is found."""
    candidate = text
    # Each step over a long text takes long, and if any fits, the first does.
    for _ in range(min(_STEPS, 2 + _STEPS * _BLOCK // (1 + len(text)))):
        candidate = disguise(candidate)
        if candidate == text:
            return None
        if fits(candidate):
            return candidate
    return None


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _day_number(text: str) -> int:
    return datetime.date.fromisoformat(text).timetuple().tm_yday - 1


def _days_in(year: int) -> int:
    return datetime.date(year, 12, 31).timetuple().tm_yday


def _date_of(year: int, number: int) -> str:
    return (datetime.date(year, 1, 1) + datetime.timedelta(days=number)).isoformat()


def _is_iban(text: str) -> bool:
    return _mod_97(text[4:] + text[:4]) == 1


def _mod_97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text.replace(" ", ""))) % 97


def _luhn_digit(digits: str) -> str:
    total = 0
    for position, char in enumerate(reversed(digits)):
        doubled = int(char) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
