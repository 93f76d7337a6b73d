"""How a Salesforce organisation proves that it is a sandbox.

The organisation's own record says it: ``IsSandbox`` of ``Organization`` ("Organization" of the Object Reference), read
on the connection on which the next call is made. What is not exactly as documented proves nothing: a text "false" or
"true" in place of a boolean, two rows, a missing field, an answer of another type.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from gameday_fakes.salesforce.ids import PREFIXES, canonical
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.tenant import decoded

API = "/services/data/v60.0"
_ASKED = "SELECT Id, IsSandbox, OrganizationType, InstanceName FROM Organization"
QUESTION = f"{API}/query?q={quote(_ASKED)}"
#: "My Domain URL Formats": the host names of sandboxes and of scratch organisations, which have IsSandbox too.
_HOST = re.compile(r"[a-z0-9-]+(--[a-z0-9]+\.sandbox|\.scratch)\.my\.salesforce\.com\Z")
#: Those of all organisations, for reading.
_ANY_HOST = re.compile(r"[a-z0-9-]+(--[a-z0-9]+\.sandbox|\.[a-z]+)?\.my\.salesforce\.com\Z")


def check_host(host: str) -> str:
    """The host name in lower case. Raises ValueError unless it has the form of a sandbox's."""
    if not _HOST.match(host.lower()):
        raise ValueError(
            f"{host[:120]!r} is not the host of a Salesforce sandbox, such as acme--uat.sandbox.my.salesforce.com"
        )
    return host.lower()


def check_any_host(host: str) -> str:
    """The host name in lower case. Raises ValueError unless it is that of one organisation, in production or not."""
    if not _ANY_HOST.match(host.lower()):
        raise ValueError(f"{host[:120]!r} is not the host of a Salesforce organisation, such as acme.my.salesforce.com")
    return host.lower()


def check_id(text: str) -> str:
    """An organisation's id with its 18 characters. Raises ValueError."""
    found = canonical(text)
    if found is None or not found.startswith(PREFIXES["Organization"]):
        raise ValueError(f"{text[:40]!r} is not the id of a Salesforce organisation, such as 00D7Q000000abcdUAA")
    return found


def proved_id(answer: Answer) -> str:
    """The id of an organisation whose answer proves that it is a sandbox. Raises NotASandbox and TenantGone."""
    row = _organisation(answer)
    if row.get("IsSandbox") is not True:
        raise NotASandbox(f"IsSandbox of the organisation is {row.get('IsSandbox')!r}, not true")
    return _id_of(row)


def stated_id(answer: Answer) -> str:
    """The id of an organisation that may be any, by its answer. Raises NotASandbox and TenantGone."""
    return _id_of(_organisation(answer))


def _organisation(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise TenantGone(f"it did not say what it is: status {answer.status}")
    if answer.header("content-type").partition(";")[0].strip().lower() != "application/json":
        raise NotASandbox("its answer is not JSON")
    found = decoded(answer)
    rows = found.get("records") if isinstance(found, dict) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict) or found.get("done") is not True:
        raise NotASandbox("its answer is not one organisation")
    return rows[0]


def _id_of(row: dict[str, Any]) -> str:
    for name in ("OrganizationType", "InstanceName"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise NotASandbox(f"the organisation has no {name}")
    attributes = row.get("attributes")
    if not isinstance(attributes, dict) or attributes.get("type") != "Organization":
        raise NotASandbox("its answer is not about an organisation")
    identity = row.get("Id")
    try:
        return check_id(identity if isinstance(identity, str) else "")
    except ValueError as problem:
        raise NotASandbox(str(problem)) from None


def user_of(answer: Answer) -> str:
    """The id of the user of a login ("OAuth 2.0 Client Credentials Flow": the end of ``id``); empty without one."""
    found = decoded(answer)
    return canonical(str(found.get("id", "")).rpartition("/")[2]) or "" if isinstance(found, dict) else ""


def token_of(answer: Answer, host: str) -> str:
    """The access token of a login. Raises NotASandbox for one that leads to another host, TenantGone without one."""
    if answer.status != 200:
        raise TenantGone(f"the login at {host} was refused: status {answer.status}")
    found = decoded(answer)
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str) or not found["access_token"]:
        raise TenantGone(f"the login at {host} gave no token")
    there = urlsplit(str(found.get("instance_url", "")))
    if there.scheme != "https" or there.netloc.lower() != host:
        raise NotASandbox(f"its login leads to {there.netloc[:120]!r}, not to {host}")
    return str(found["access_token"])
