"""CSV as the Bulk APIs read and write it: UTF-8, a header, one delimiter and one line ending for a job.

Source: "Prepare CSV Files" and "Valid Date Format in Records" of the Bulk API 2.0 and Bulk API Developer Guide.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}

#: What stands for "no value" in an upload; an empty value leaves a field as it is.
NULL = "#N/A"

_TRUE = frozenset({"yes", "y", "true", "on", "1"})
_FALSE = frozenset({"no", "n", "false", "off", "0"})


class BadCsv(ValueError):
    """The data is not CSV as the job says; the text is the vendor's message."""


class Format(msgspec.Struct, frozen=True):
    """How the CSV of a job is written: keys of ``DELIMITERS`` and of ``LINE_ENDINGS``."""

    delimiter: str = "COMMA"
    line_ending: str = "LF"

    def read(self, data: bytes) -> tuple[list[str], list[list[str]]]:
        """The header and the rows; blank lines are skipped. Raises BadCsv."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise BadCsv(f"ClientInputError : The data is not UTF-8: {problem.reason}") from None
        header, found, _ = text.partition("\n")
        if found and header.endswith("\r") != (self.line_ending == "CRLF"):
            setting = f"Current LineEnding setting is {self.line_ending}"
            raise BadCsv(f"ClientInputError : LineEnding is invalid on user data. {setting}")
        try:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[self.delimiter], strict=True)
            lines = [line for line in rows if line]
        except csv.Error as problem:
            raise BadCsv(f"InvalidBatch : Records not processed: {problem}") from None
        if not lines:
            raise BadCsv("InvalidBatch : The data has no header")
        names = [name.strip() for name in lines[0]]
        for number, line in enumerate(lines[1:], start=1):
            if len(line) != len(names):
                raise BadCsv(f"InvalidBatch : Record {number} has {len(line)} columns, the header has {len(names)}")
        return names, lines[1:]

    def write(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        """A header and rows, every value in quotation marks."""
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(header)
        writer.writerows(rows)
        return text.getvalue().encode()


def records_as_rows(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Records as a JSON list in the form of CSV: header and rows. Raises BadCsv.

    A parent named by an external id, ``{"Account": {"ERP_Customer_Id__c": "C-1"}}``, is a column of its own.
    """
    try:
        records = msgspec.json.decode(data, type=list[dict[str, Any]])
    except msgspec.DecodeError as problem:
        raise BadCsv(f"InvalidBatch : Failed to parse JSON: {problem}") from None
    lines = []
    for record in records:
        line: dict[str, str] = {}
        for name, value in record.items():
            if isinstance(value, dict):
                line.update({f"{name}.{key}": _written(inner) for key, inner in value.items() if key != "attributes"})
            elif name != "attributes":
                line[name] = _written(value)
        lines.append(line)
    header = list(dict.fromkeys(name for line in lines for name in line))
    return header, [[line.get(name, "") for name in header] for line in lines]


def _written(value: Any) -> str:
    """A JSON value as an upload in CSV has it."""
    if isinstance(value, list | dict):
        raise BadCsv(f"InvalidBatch : Failed to parse JSON: {type(value).__name__} instead of a value")
    if value is None or value == "":
        return NULL
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: Any) -> str:
    """A field's value as it stands in the results of a query."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    return f"{text[:-5]}Z" if text.endswith("+0000") and text[10:11] == "T" else text


def boolean(text: str) -> bool | str:
    """A boolean as an upload may write it; another text as it is, to be refused."""
    lower = text.lower()
    return True if lower in _TRUE else False if lower in _FALSE else text
