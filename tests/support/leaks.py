"""Searches output for confidential values, in every form in which they could appear."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterable, Iterator

#: Names, addresses, mails, telephone numbers and accounts of people who do not exist, in nine scripts.
SENTINELS = (
    # Latin
    *("Quirin Zobelpelz", "Zwölfkammerstraße 77", "quirin@zwoelfkammer.example", "+49 228 98765432"),
    *("DE89370400440532013000", "4929 1234 5678 9014", "1987-11-23T00:00:00", "Ødegård Brønnøysund"),
    # Cyrillic
    *("Иннокентий Вяземский", "ул. Мясницкая 77", "иннокентий@пример.рф", "+7 495 987-65-43", "Вяземский-Холдинг"),
    # Greek
    *("Αριστείδης Παπαζαχαρίας", "οδός Ερμού 77", "αριστείδης@δείγμα.ελ", "+30 21 0987 6543"),
    # Hebrew
    *("אביעזר זילברשטיין", "רחוב הרצל 77", "+972 3 987 6543", "אביעזר@דוגמה.ישראל"),
    # Arabic
    *("عبدالرحمن الزبيدي", "شارع النيل ٧٧", "+20 2 98765432", "عبد@مثال.مصر"),  # noqa: RUF001
    # Devanagari
    *("विश्वनाथ चट्टोपाध्याय", "महात्मा मार्ग ७७", "+91 22 9876 5432", "विश्व@उदाहरण.भारत"),
    # Thai
    *("วิชัยศักดิ์ พงษ์ไพบูลย์", "ถนนสุขุมวิท ๗๗", "+66 2 987 6543"),
    # Han and Kana
    *("歐陽震華", "東京都千代田区丸の内七丁目", "さくらもとこ", "+81 3 9876 5432"),
    # Hangul
    *("남궁혁재", "서울특별시 종로구 세종대로 77", "+82 2 9876 5432", "남궁@예시.한국"),
)


def forms(text: str) -> Iterator[bytes]:
    """A text in every form in which it could appear."""
    raw = text.encode()
    yield raw
    yield json.dumps(text)[1:-1].encode()
    yield urllib.parse.quote(text).encode()
    yield urllib.parse.quote_plus(text).encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield text.encode("latin-1", "ignore")
    yield raw.hex().encode()
    yield text.encode("unicode_escape")
    for offset in range(3):
        # The same bytes look different at each of three places of base64; the ends depend on their neighbours.
        encoded = base64.b64encode(b"\0" * offset + raw)
        yield encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4]


def leaks(data: bytes, pieces: Iterable[str] = SENTINELS) -> list[str]:
    """The pieces that appear in some form."""
    return [piece for piece in pieces if any(len(form) > 3 and form in data for form in forms(piece))]
