"""What a mail says, as plain data: decoded headers, its text, its attachments. Mails come from unknown stacks."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser
from typing import Any

MOST_PARTS = 200
#: How much of a mail's texts is kept, in characters.
LONGEST_TEXT = 1024 * 1024
_HIDDEN = ("style", "script", "head")
#: The elements that are shown on lines of their own, and those that stand beside the one before in their line.
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "caption", "center", "dl", "dt", "div", "fieldset"),
    *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
    *("nav", "ol", "p", "pre", "section", "summary", "table", "tr", "ul"),
)
_CELLS = ("td", "th", "dd")
#: Files of these names hold text, whatever type the mail gives them.
_TEXT_FILES = (
    ".csv",
    ".htm",
    ".html",
    ".json",
    ".jsonl",
    ".log",
    ".md",
    ".ndjson",
    ".tsv",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
)


def read_message(content: bytes, recipients: list[str]) -> dict[str, Any]:
    """A mail: ``from``, ``to``, ``cc`` (addresses and names), ``recipients`` of the envelope, ``subject``, ``date``,
    ``message_id``, ``references``, ``text`` and ``attachments`` (``name``, ``type``, ``text`` of those that are texts).
    """
    # Not the newer policy: its parser of headers raises errors of many kinds on malformed ones.
    mail = email.message_from_bytes(content, policy=email.policy.compat32)
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[dict[str, str]] = []
    room = LONGEST_TEXT
    for part in _parts(mail):
        kind, name = part.get_content_type(), _header(part.get_filename())
        is_text = kind.startswith("text/") or kind.endswith(("json", "xml")) or name.lower().endswith(_TEXT_FILES)
        if not is_text:
            attachments.append({"name": name, "type": kind})
            continue
        text = _text(part)[:room]
        room -= len(text)
        if name or kind not in ("text/plain", "text/html"):
            attachments.append({"name": name, "type": kind, "text": text})
        else:
            (texts if kind == "text/plain" else pages).append(text)
    return {
        "from": _address(_first(mail, "from")),
        "to": _addresses(mail, "to"),
        "cc": _addresses(mail, "cc"),
        "recipients": recipients,
        "subject": _header(_first(mail, "subject")),
        "message_id": _ids(mail.get("message-id"))[:1],
        "references": [*_ids(mail.get("references")), *_ids(mail.get("in-reply-to"))],
        "date": _header(mail.get("date")),
        "text": _together("\n".join(texts), "\n".join(_plain(page) for page in pages)),
        "attachments": attachments,
    }


def _together(text: str, page: str) -> str:
    """A text, and what a page beside it says that the text does not: it may only ask to look at the page."""
    said = set(_squeezed(text).split())
    more = [line for line in page.splitlines() if not said.issuperset(_squeezed(line).split())]
    return "\n".join([text, *more] if text.strip() else more)[:LONGEST_TEXT]


def _squeezed(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.casefold())


def _parts(mail: Message) -> Iterator[Message]:
    """The parts that are no containers, a mail within the mail too."""
    leaves = (part for part in mail.walk() if not part.is_multipart())
    for _, part in zip(range(MOST_PARTS), leaves, strict=False):
        yield part


def _text(part: Message) -> str:
    """A part's text, whatever its transfer encoding and charset say."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that does not exist
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _given(mail: Message, name: str) -> list[str]:
    """The values of a header as they were sent; those in UTF-8 without encoded words, too (RFC 6532)."""
    found = (str(value) for key, value in mail.raw_items() if key.lower() == name)
    return [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in found]


def _first(mail: Message, name: str) -> str:
    return next(iter(_given(mail, name)), "")


def _header(value: object) -> str:
    """A header's text with its encoded words decoded, on one line."""
    text = str(value or "")
    try:
        parts = decode_header(text)
    except (ValueError, email.errors.HeaderParseError):
        parts = [(text, None)]
    return " ".join("".join(_word(part, charset) for part, charset in parts).split())


def _word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return part.decode("utf-8", "replace")


def _address(value: str) -> dict[str, str]:
    try:
        name, address = parseaddr(value)
    except RecursionError:  # groups within groups, a thousand deep
        name = address = ""
    return {"name": _header(name), "address": address}


def _addresses(mail: Message, name: str) -> list[dict[str, str]]:
    try:
        pairs = getaddresses(_given(mail, name))
    except RecursionError:
        pairs = []
    return [{"name": _header(shown), "address": address} for shown, address in pairs if address]


def _ids(value: object) -> list[str]:
    return re.findall(r"<[^<>\s]{1,990}>", str(value or ""))[:MOST_PARTS]


class _Text(HTMLParser):
    """Collects the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The end of a head may be left out.
        self._hidden = 0 if tag == "body" else self._hidden + (tag in _HIDDEN)
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in _CELLS:
            self.parts.append(" | ")
        elif tag == "a":
            # It may name a deal by its address only.
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._links and (link := self._links.pop()):
            self.parts.append(f" ({link}) ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _plain(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    parser.close()
    # The first cell of a row stands beside none.
    lines = (" ".join(line.split()).removeprefix("| ") for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line.strip(" |"))
