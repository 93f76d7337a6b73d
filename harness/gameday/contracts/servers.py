"""The vendors of a contract, by the names of its servers (ODCS 3, "Infrastructure and servers")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gameday_fakes.catalogue import Role
from gameday_fakes.manifests import of_role


def named_vendor(names: Iterable[str], role: Role) -> str:
    """The vendor of a role after which a server is named, also in front of a dash; empty where none is.

    >>> named_vendor(["warehouse"], "crm")
    ''
    """
    known = of_role(role)
    lower = [name.lower() for name in names]
    return next((vendor for name in lower for vendor in known if name == vendor or name.startswith(f"{vendor}-")), "")


def server_names(document: dict[str, Any]) -> list[str]:
    """The names of a document's servers; nothing else of it is looked at."""
    servers = document.get("servers")
    listed = servers if isinstance(servers, list) else []
    return [str(each.get("server", "")) for each in listed if isinstance(each, dict)]
