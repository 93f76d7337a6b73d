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
_BLOCKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table")


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
        if not kind.startswith("text/") and not kind.endswith(("json", "xml")):
            attachments.append({"name": name, "type": kind})
            continue
        text = _text(part)[:room]
        room -= len(text)
        if name or kind not in ("text/plain", "text/html"):
            attachments.append({"name": name, "type": kind, "text": text})
        else:
            (texts if kind == "text/plain" else pages).append(text)
    return {
        "from": _address(mail.get("from")),
        "to": _addresses(mail, "to"),
        "cc": _addresses(mail, "cc"),
        "recipients": recipients,
        "subject": _header(mail.get("subject")),
        "message_id": _ids(mail.get("message-id"))[:1],
        "references": [*_ids(mail.get("references")), *_ids(mail.get("in-reply-to"))],
        "date": _header(mail.get("date")),
        # Of a text and the same as a page, the text; a page alone without its marks.
        "text": "\n".join(texts) or "\n".join(_plain(page) for page in pages),
        "attachments": attachments,
    }


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


def _address(value: object) -> dict[str, str]:
    try:
        name, address = parseaddr(str(value or ""))
    except RecursionError:  # groups within groups, a thousand deep
        name = address = ""
    return {"name": _header(name), "address": address}


def _addresses(mail: Message, name: str) -> list[dict[str, str]]:
    try:
        pairs = getaddresses([str(value) for value in mail.get_all(name, [])])
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

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _plain(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
