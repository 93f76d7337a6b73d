"""Which vendors a bundled stack speaks: those that it has a client for, such as ``crms/blue.py`` for ``blue``."""

from __future__ import annotations

import functools
import itertools
import re
from importlib import resources
from importlib.resources.abc import Traversable

from gameday_fakes.manifest import FLOW_ROLES
from gameday_fakes.manifests import of_role

STACKS = resources.files("gameday_fakes").joinpath("stacks")
_MODULE = re.compile(r"gameday_fakes\.stacks\.(\w+)(\.\w+)*")


@functools.cache
def spoken_by(commands: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The CRMs and ERPs of a bundled stack that these commands start."""
    module = next(filter(None, map(_MODULE.fullmatch, itertools.chain(*commands))))
    clients = ((role, name) for role in FLOW_ROLES for name in of_role(role))
    return tuple(name for role, name in clients if _client(module[1], role, name).is_file())


def _client(package: str, role: str, vendor: str) -> Traversable:
    return STACKS.joinpath(package, f"{role}s", f"{vendor.replace('-', '_')}.py")
