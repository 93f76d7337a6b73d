"""Columns of personal data as people keep them in their organisations: several values each."""

from __future__ import annotations

#: What is in the column, and its values; of people and accounts that do not exist.
PERSONAL: dict[str, tuple[str, ...]] = {
    "full names": ("Anna Schmidt", "Bob Miller", "Priya Sharma"),
    "names, family first": ("Schmidt, Anna", "Miller, Bob", "Sharma, Priya"),
    "given names": ("Anna", "Robert", "Priya"),
    "names in capitals": ("ANNA SCHMIDT", "BOB MILLER", "PRIYA SHARMA"),
    "names with titles": ("Dr. Anna Schmidt", "Herr Bob Miller", "Mrs. Priya Sharma"),
    "names in Cyrillic": ("Иван Петров", "Анна Иванова", "Мария Смирнова"),
    "names in Greek": ("Γιώργος Παπαδόπουλος", "Μαρία Παπαδοπούλου", "Ελένη Γεωργίου"),
    "names in Han": ("王小明", "李娜", "张伟"),
    "names in Hangul": ("김철수", "이영희", "박민수"),
    "names in Devanagari": ("राहुल शर्मा", "प्रिया शर्मा", "अमित शर्मा"),
    "e-mail addresses": ("anna@example.com", "bob.miller@example.org", "priya@example.net"),
    "e-mail addresses in Cyrillic": ("иван@пример.рф", "анна@пример.рф", "мария@пример.рф"),
    "international telephone numbers": ("+49 228 98765432", "+1 555 123 4567", "+91 22 9876 5432"),
    "national telephone numbers": ("0171 1234567", "(555) 123-4567", "555-123-4567"),
    "IBANs": ("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"),
    "card numbers": ("4111 1111 1111 1111", "4929 1234 5678 9014", "5500 0000 0000 0004"),
    "card numbers without blanks": ("4111111111111111", "5500000000000004", "4012888888881881"),
    "birthdays": ("1955-02-03", "1987-11-23", "1990-01-02", "2001-02-03"),
    "street addresses": ("Hauptstraße 12, 53111 Bonn", "221 Baker Street", "12 rue Voltaire"),
    "coordinates": ("48.137154, 11.576124", "52.520008, 13.404954", "51.507351, -0.127758"),
    "social security numbers of the USA": ("123-45-6789", "234-56-7890", "345-67-8901"),
    "tax ids of Germany": ("36574261809", "65929970489", "86095742719"),
    "ids of the Netherlands": ("111222333", "123456782", "231477806"),
    "ids of Poland": ("44051401359", "02070803628", "44051401458"),
    "ids of Spain": ("12345678Z", "X1234567L", "54362315K"),
    "ids of Brazil": ("529.982.247-25", "111.444.777-35", "390.533.447-05"),
    "handles": ("@anna_s", "@bert.k", "@priya.sharma"),
}
