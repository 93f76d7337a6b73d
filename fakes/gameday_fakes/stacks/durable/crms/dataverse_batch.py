"""``multipart/mixed`` bodies of a batch of changes, and the answers in the reply.

Source: learn.microsoft.com, "Execute batch operations using the Web API".
"""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gameday_fakes.stacks.exact_json import encode

_BOUNDARY = "batch_of_the_sync"


def body_of(changes: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[str, bytes]:
    """The content type and the body of a batch that changes records, given as paths and values, each on its own."""
    parts = []
    for path, values in changes:
        body = encode(dict(values))
        head = (
            f"--{_BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"PATCH {path} HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: *\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        parts.append(head.encode() + body + b"\r\n")
    return f"multipart/mixed; boundary={_BOUNDARY}", b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def answers_of(content_type: str, body: bytes) -> list[tuple[int, Any]]:
    """The status and the JSON body of each answer, in the order of the requests; status 0 of one that is unreadable."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return [_answer(part.get_payload(decode=True)) for part in message.iter_parts()] if message.is_multipart() else []


def _answer(payload: Any) -> tuple[int, Any]:
    raw = payload if isinstance(payload, bytes) else b""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    words = head.split(b"\n", 1)[0].split()
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    try:
        return status, json.loads(body)
    except ValueError:
        return status, None
