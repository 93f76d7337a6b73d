"""Finds what the stack knows of a vendor: ``crms/hubspot.py`` and ``crms/hubspot.yaml`` for ``hubspot``.

Another vendor is two files in ``crms`` or ``erps``, and nothing else. The module has the class ``Client``, one of an
ERP also ``Mapping``; the YAML file is the vendor's part of the definition.
"""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent


@functools.cache
def known(side: str) -> list[str]:
    """The vendors that the stack speaks on a side, ``crm`` or ``erp``; its folder does not change while it runs."""
    return sorted(path.stem.replace("_", "-") for path in (_HERE / f"{side}s").glob("*.yaml"))


def definition_of(side: str, vendor: str) -> Path:
    """The vendor's part of the definition. Raises SystemExit with one line that lists the known vendors."""
    if vendor not in known(side):
        names = ", ".join(known(side))
        raise SystemExit(f"the stack does not speak {vendor[:80]!r} as {side.upper()}; known: {names}")
    return _HERE / f"{side}s" / f"{vendor.replace('-', '_')}.yaml"


def module_of(side: str, vendor: str) -> ModuleType:
    """The vendor's module. Raises SystemExit as above."""
    return importlib.import_module(f"gameday_fakes.stacks.durable.{side}s.{definition_of(side, vendor).stem}")
