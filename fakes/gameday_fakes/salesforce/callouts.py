"""HTTP callouts of a flow: what an organisation sends that announces its deals by JSON instead of outbound messages.

A callout holds the values of the moment at which the flow runs. It is made once: a flow that fails is not started again
by itself (Salesforce Help, "HTTP Callout Action in Flow Builder" and "Customize What Happens When a Flow Fails").
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from gameday_fakes.delivery import Message
from gameday_fakes.rules import EventKind
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.settings import Settings

_encode = msgspec.json.Encoder(decimal_format="number").encode

#: The header of a signature, ``sha256=`` and the HMAC of the body in hexadecimal.
SIGNATURE = "x-signature"


def callout(
    number: int, record: Record, fields: list[tuple[Field, str]], settings: Settings, kind: EventKind
) -> Message:
    """The callout about a record with these fields under their names now; ``kind`` is what it announces."""
    body = _encode({name: _value(field, record) for field, name in fields})
    headers = {"user-agent": "SFDC-Callout/60.0", **settings.headers()}
    if settings.callout_secret:
        digest = hmac.digest(settings.callout_secret.encode(), body, "sha256")
        headers[SIGNATURE] = f"sha256={digest.hex()}"
    return Message(
        id=f"callout {number}",
        orders=(record.id,),
        render=lambda _: body,
        accepted=lambda _: True,
        content_type="application/json;charset=UTF-8",
        headers=headers,
        again=False,
        successes=range(200, 300),
        kinds={record.id: kind},
    )


def _value(field: Field, record: Record) -> Any:
    value = value_of(record, field)
    return value.replace("+0000", "Z") if value is not None and field.type == "datetime" else value
