"""A job of the Bulk API 2.0 in one request: its description and its data as the parts of a form.

Source: Bulk API 2.0 and Bulk API Developer Guide, "Create a Job" with a multipart request.
"""

from __future__ import annotations

from email import policy
from email.parser import BytesParser

import msgspec

from gameday_fakes.http import BadBody, Request
from gameday_fakes.protocols import exact_json

#: "For small amounts of job data (100,000 characters or less)".
MOST_CHARACTERS = 100_000


class OneStep(msgspec.Struct, frozen=True):
    """The description of a job, decoded, and its data."""

    job: object
    data: bytes


def is_multipart(request: Request) -> bool:
    """Whether a request's body has parts."""
    return request.header("content-type").lower().startswith("multipart/")


def one_step(request: Request) -> OneStep:
    """The parts ``job`` (JSON) and ``content`` (CSV) of a form. Raises BadBody."""
    head = b"content-type: " + request.header("content-type").encode("latin-1") + b"\r\n\r\n"
    message = BytesParser(policy=policy.HTTP).parsebytes(head + request.body)
    parts = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = content
    for name in ("job", "content"):
        if name not in parts:
            raise BadBody(f"The multipart body has no part {name!r}")
    try:
        data, job = parts["content"].decode(), exact_json.decode(parts["job"])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise BadBody(str(problem)) from None
    if len(data) > MOST_CHARACTERS:
        raise BadBody(f"The data of a multipart request has at most {MOST_CHARACTERS} characters")
    return OneStep(job, parts["content"])
