"""What the engine refuses, and the error documents of both versions.

Sources: "OData JSON Format Version 4.01", section 21 "Error Response"; "OData Version 2.0: JSON Format", section 5
"Representing Errors in Response".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes.odata.model import EntitySet

#: The HTTP status of each kind of refusal. A vendor gives its own code and text, and may have another status.
STATUS = {
    "bad_url": 400,
    "bad_option": 400,
    "bad_filter": 400,
    "bad_body": 400,
    "bad_value": 400,
    "too_long": 400,
    "unknown_field": 400,
    "read_only": 400,
    "missing_field": 400,
    "bad_batch": 400,
    "not_found": 404,
    "unknown_resource": 404,
    "method_not_allowed": 405,
    "duplicate": 409,
    "gone": 410,
    "precondition_failed": 412,
    "dependency_failed": 424,
    "precondition_required": 428,
    "not_implemented": 501,
}


class ODataError(Exception):
    """A request is refused. ``kind`` is one of ``STATUS`` or of the vendor's own; ``target`` is what is wrong.

    ``of`` is the entity set that lacks a name, where that is known.
    """

    def __init__(self, kind: str, message: str = "", *, target: str = "", of: EntitySet | None = None) -> None:
        super().__init__(message or kind)
        self.kind = kind
        self.message = message
        self.target = target
        self.of = of


def document_v4(
    code: str, message: str, target: str = "", details: Sequence[tuple[str, str]] = (), **inner: Any
) -> dict[str, Any]:
    """The error document of version 4; ``details`` are further codes and messages, ``inner`` is the ``innererror``."""
    error: dict[str, Any] = {"code": code, "message": message}
    if target:
        error["target"] = target
    if details:
        error["details"] = [{"code": each, "message": text} for each, text in details]
    if inner:
        error["innererror"] = inner
    return {"error": error}


def document_v2(code: str, message: str, **inner: Any) -> dict[str, Any]:
    """The error document of version 2; ``inner`` is the ``innererror``."""
    error: dict[str, Any] = {"code": code, "message": {"lang": "en", "value": message}}
    if inner:
        error["innererror"] = inner
    return {"error": error}
