"""Bugs that only one vendor can show: what others never do meets nobody's mistake. A vendor's are a module here."""

from __future__ import annotations

import importlib
import pkgutil

from gameday_fakes.stacks.durable.bugs.parts import Planted

COMPOSITIONS: dict[str, type[Planted]] = {
    name: composition
    for module in pkgutil.iter_modules(__path__)
    for name, composition in importlib.import_module(f"{__name__}.{module.name}").COMPOSITIONS.items()
}
