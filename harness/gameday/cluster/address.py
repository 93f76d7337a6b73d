"""The address of a cluster's scheduler, and when the connection to it must be encrypted."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from gameday.base.errors import GamedayError
from gameday.config.isolation import is_loopback

EXAMPLES = "such as dask://127.0.0.1:8786, or tls://scheduler:8786 with certificates"
#: https://distributed.dask.org/en/latest/tls.html, "Parameters"
TLS_SETTINGS = ("ca-file", "client.cert", "client.key")
_SCHEMES = ("dask", "tls")
_LONGEST_SHOWN = 80


class SchedulerAddress(NamedTuple):
    """Where the scheduler is; ``encrypted``: only over TLS, with certificates of both sides."""

    host: str
    port: int
    encrypted: bool

    @property
    def url(self) -> str:
        """As Dask writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.encrypted else 'tcp'}://{host}:{self.port}"


def read_address(text: str) -> SchedulerAddress:
    """From ``dask://HOST:PORT`` or ``tls://HOST:PORT``. Raises GamedayError.

    Off loopback it is always encrypted: whoever can write to a worker's connection can run programs on it.
    """
    shown = repr(text[:_LONGEST_SHOWN])
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise GamedayError(f"bad --on {shown}", hint=EXAMPLES) from None
    if parts.scheme not in _SCHEMES or not host or not port or parts.username is not None:
        raise GamedayError(f"bad --on {shown}", hint=EXAMPLES)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise GamedayError(f"bad --on {shown}: nothing follows the port", hint=EXAMPLES)
    return SchedulerAddress(host, port, parts.scheme == "tls" or not is_loopback(host))


def why_not_safe(address: str) -> str:
    """Why a worker at this address of Dask's is not to be used, in a clause; empty if it is on loopback or has TLS."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "its address cannot be read"
    if parts.scheme == "tls" or is_loopback(host):
        return ""
    return "it is not on this machine, and its connection is not encrypted"
