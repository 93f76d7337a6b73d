"""Pseudonyms of single values: what they keep, and that nothing stays what it was."""

from __future__ import annotations

import datetime
import re
import unicodedata
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gameday.records.alphabet import format_of, place
from gameday.records.redaction import texts
from gameday.records.redaction.numbers import NumberPseudonyms
from gameday.records.redaction.permutation import Permutation
from gameday.records.redaction.texts import TextPseudonyms, kind_of
from gameday_fakes.manifest import IdForm
from gameday_fakes.salesforce.ids import canonical, make_id
from support.rows import rows

KEY = b"a key of the tests"
TEXTS = TextPseudonyms(Permutation(KEY))
NUMBERS = NumberPseudonyms(Permutation(KEY))

words = st.text(st.characters(codec="utf-8"), max_size=300)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)
dates = st.dates().map(datetime.date.isoformat)
emails = st.emails()
record_ids = st.builds(make_id, st.sampled_from(["006", "001", "00k"]), st.integers(1, 10**9))


def iban_of(country: str, account: str) -> str:
    """An IBAN with its check digits."""
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02}{account}"


ibans = st.builds(iban_of, st.sampled_from(["DE", "FR", "GB"]), st.from_regex(r"\A[A-Z]{4}[0-9]{14}\Z"))


def hideable(text: str) -> bool:
    """Whether any other text has its form."""
    return any(len(place(char)[0]) > 1 for char in text)


@given(words)
def test_a_text_keeps_its_length_in_every_encoding(text: str) -> None:
    found = TEXTS.pseudonym(text)
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert len(found.encode(encoding)) == len(text.encode(encoding))


@given(words)
def test_each_character_stays_in_its_category_and_script(text: str) -> None:
    assume(kind_of(text) == "text")
    found = TEXTS.pseudonym(text)
    assert [unicodedata.category(char) for char in found] == [unicodedata.category(char) for char in text]
    assert format_of(found) == format_of(text)


@given(words)
def test_no_text_is_its_own_pseudonym_unless_no_other_has_its_form(text: str) -> None:
    assume(hideable(text) and text != "0" and not (len(text) > 1 and text.isdigit() and not text.strip("0")))
    assert TEXTS.pseudonym(text) != text


@given(words)
def test_the_same_key_gives_the_same_pseudonym_in_another_process(text: str) -> None:
    assert TextPseudonyms(Permutation(KEY)).pseudonym(text) == TEXTS.pseudonym(text)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=40))
def test_another_key_gives_another_pseudonym(text: str) -> None:
    assert TextPseudonyms(Permutation(b"another key of the tests")).pseudonym(text) != TEXTS.pseudonym(text)


@rows("alphabet", ["ab1", "ab", "0123456789"])
def test_different_texts_never_share_a_pseudonym(alphabet: str) -> None:
    every = [a + b + c for a in alphabet for b in alphabet for c in alphabet]
    assert len({TEXTS.pseudonym(text) for text in every}) == len(every)


@rows(("radices", "size"), [((9, 10), 90), ((26,), 26), ((2,), 2), ((1, 3, 1, 2), 6), ((365, 4), 1460)])
def test_a_permutation_takes_every_value_once_and_none_to_itself(radices: tuple[int, ...], size: int) -> None:
    def digits(number: int) -> tuple[int, ...]:
        found = []
        for radix in reversed(radices):
            number, digit = divmod(number, radix)
            found.append(digit)
        return tuple(reversed(found))

    every = [digits(number) for number in range(size)]
    images = [tuple(Permutation(KEY).derange(one, radices, b"tweak")) for one in every]
    assert sorted(images) == sorted(every)
    assert not [one for one, image in zip(every, images, strict=True) if one == image]


@given(numbers)
def test_a_number_keeps_sign_digits_and_decimal_places(value: Decimal) -> None:
    found = NUMBERS.pseudonym(value)
    assert found.as_tuple().exponent == value.as_tuple().exponent
    assert found.as_tuple().sign == value.as_tuple().sign
    assert found.adjusted() == value.adjusted() or not value


@given(numbers)
def test_no_number_but_zero_is_its_own_pseudonym(value: Decimal) -> None:
    assert (NUMBERS.pseudonym(value) == value) == (value == 0)


@given(numbers)
def test_a_number_has_one_pseudonym_however_many_zeros_follow(value: Decimal) -> None:
    assert NUMBERS.pseudonym(value.normalize() if value % 1 else value.to_integral_value()) == NUMBERS.pseudonym(value)


def test_different_amounts_never_share_a_pseudonym() -> None:
    every = [Decimal(cents) / 100 for cents in range(1, 3000)]
    assert len({NUMBERS.pseudonym(value) for value in every}) == len(every)


@given(dates)
def test_a_date_becomes_another_date_of_its_year(text: str) -> None:
    found = TEXTS.pseudonym(text)
    assert datetime.date.fromisoformat(found).year == datetime.date.fromisoformat(text).year
    assert found != text


@given(st.datetimes(timezones=st.just(datetime.UTC)), st.sampled_from(["Z", "+0000", "+05:30", ""]))
def test_a_timestamp_becomes_another_with_its_zone(moment: datetime.datetime, zone: str) -> None:
    text = f"{moment:%Y}".zfill(4) + f"{moment:-%m-%dT%H:%M:%S.}{moment.microsecond // 1000:03}{zone}"
    found = TEXTS.pseudonym(text)
    assert datetime.datetime.fromisoformat(found)
    assert found.endswith(zone)
    assert found != text


@pytest.mark.slow
@given(emails)
def test_an_email_becomes_one_at_a_reserved_domain(text: str) -> None:
    assume(kind_of(text) == "email")
    found = TEXTS.pseudonym(text)
    assert kind_of(found) == "email"
    assert found.rpartition(".")[2] in ("example", "test")


@pytest.mark.slow
@given(emails)
def test_an_email_keeps_its_length_where_a_reserved_domain_is_short_enough(text: str) -> None:
    assume(kind_of(text) == "email" and len(text.rpartition("@")[2]) >= len("a.test"))
    assert len(TEXTS.pseudonym(text)) == len(text)


def test_emails_of_one_domain_stay_together() -> None:
    one, other = (TEXTS.pseudonym(f"{name}@contoso.com") for name in ("alice", "robert"))
    assert one.partition("@")[2] == other.partition("@")[2]


@given(record_ids)
def test_a_salesforce_id_keeps_its_prefix_and_a_valid_checksum(text: str) -> None:
    found = TEXTS.pseudonym(text)
    assert canonical(found) == found
    assert found[:3] == text[:3]
    assert found != text


@given(record_ids)
def test_both_forms_of_a_salesforce_id_have_one_pseudonym(text: str) -> None:
    assert TEXTS.pseudonym(text)[:15] == TEXTS.pseudonym(text[:15])


@given(ibans)
def test_an_iban_keeps_country_and_valid_check_digits(text: str) -> None:
    found = TEXTS.pseudonym(text)
    assert kind_of(found) == "iban"
    assert found[:2] == text[:2]
    assert found[4:] != text[4:]


def test_the_blanks_of_an_iban_stay_where_they_are() -> None:
    found = TEXTS.pseudonym("DE89 3704 0044 0532 0130 00")
    assert [i for i, char in enumerate(found) if char == " "] == [4, 9, 14, 19, 24]


@rows("text", ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"])
def test_a_card_number_stays_valid(text: str) -> None:
    assert kind_of(text) == kind_of(TEXTS.pseudonym(text)) == "luhn"


@rows("text", ["2024-02-30", "alice@", "DE00370400440532013000", "4111 1111 1111 1112", "99:99"])
def test_what_is_not_valid_does_not_become_so(text: str) -> None:
    assert kind_of(text) == kind_of(TEXTS.pseudonym(text)) == "text"


@rows("accepts", [lambda text: text < "M", lambda text: text >= "M"])
def test_what_a_constraint_takes_it_takes_again(accepts: Callable[[str], bool]) -> None:
    every = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    found = [TEXTS.pseudonym(text, accepts) for text in every]
    assert [accepts(text) for text in found] == [accepts(text) for text in every]
    assert len(set(found)) == len(every)


def test_two_long_texts_with_one_end_do_not_look_alike_there() -> None:
    end = "the same end of many words " * 5
    one, other = (TEXTS.pseudonym(letter * 96 + end) for letter in "ab")
    assert one[96:] != other[96:]


@given(st.uuids())
def test_an_id_whose_letters_are_hexadecimal_stays_one(guid: uuid.UUID) -> None:
    def is_guid(text: str) -> bool:
        return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None

    form = IdForm(what="a GUID", pattern="^[0-9a-f-]{36}$", is_id=is_guid, letters="0123456789abcdef")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "id_form_of", lambda text: form if form.is_id(text) else None)
        pseudonym = TEXTS.pseudonym(str(guid))
    assert is_guid(pseudonym) and pseudonym != str(guid)
