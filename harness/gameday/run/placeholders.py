"""What a stack knows of its environment: the values of the templates in its table."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.stack_table import TEMPLATE_NAMES


class Placeholders(msgspec.Struct, frozen=True):
    """What a stack knows of its environment: the values for the templates in its table.

    ``crm`` and ``erp`` are the names of the vendors, for a stack that speaks to several.
    ``routing_keys`` are those of the fake pager, by the template's name: one that is routed by content, and one for the
    service of each role of owner.
    """

    crm: str
    erp: str
    crm_url: str
    erp_url: str
    pager_url: str
    tickets_url: str
    host: str
    port: int
    state_dir: Path
    run_dir: Path
    credentials: Path
    pace: float
    flow: str
    routing_keys: Mapping[str, str] = {}
    #: The name under which the stack finds the fakes' machine.
    fakes_host: str = "127.0.0.1"
    #: The values that there are only where the fakes serve TLS, by template.
    over_tls: Mapping[str, str] = {}

    def values(self) -> dict[str, str]:
        """The values by their names in a template."""
        maps = ("routing_keys", "over_tls")
        plain = {name: str(getattr(self, name)) for name in self.__struct_fields__ if name not in maps}
        # A pager of a plug-in need not have routing keys.
        keys = {name: self.routing_keys.get(name, "") for name in TEMPLATE_NAMES if name.startswith("routing_key")}
        own = {"listen": f"{self.host}:{self.port}", "python": sys.executable, "pace": f"{self.pace:g}"}
        own["pager_port"] = str(urlsplit(self.pager_url).port or "")
        return {**keys, **plain, **self.over_tls, **own}


def fill(template: str, values: Mapping[str, str], *, where: str) -> str:
    """Fill each ``{name}`` of a template. Raises GamedayError that lists the known names."""
    try:
        return template.format_map(values)
    except (KeyError, IndexError, ValueError) as problem:
        raise GamedayError(
            f"bad template {template!r} in {where}: {problem}; known: {', '.join(sorted(values))}",
            hint="write a literal brace twice",
        ) from None
