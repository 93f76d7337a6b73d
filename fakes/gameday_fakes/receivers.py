"""To which receivers a fake sends events when a client has chosen the address."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def why_not_sent_to(url: str) -> str:
    """Why a fake does not send to an address: it is of neither this machine nor its network. Empty if it does.

    A client chooses the address, and a test must not reach anybody else.

    >>> why_not_sent_to("http://127.0.0.1:8080/hooks")
    ''
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        return f"'{url[:80]}' is not the address of a receiver."
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_near = host == "localhost" or host.endswith((".localhost", ".internal")) or "." not in host
    else:
        is_near = address.is_loopback or address.is_private
    if is_near:
        return ""
    return f"The fake sends notifications to this machine and its private network only, not to '{host[:80]}'."
