"""The digest of the judge itself: what it has judged is worth keeping only as long as it would judge alike.

Every source file of the harness and of the fakes counts, and so do those of the plug-ins, and the versions of Python
and of the packages that plug-ins come from. A change of any of them is another judge.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import platform
from collections.abc import Iterator
from pathlib import Path

from gameday.base.registry import plug_ins

#: The packages that judge.
_PACKAGES = ("gameday", "gameday_fakes")
#: What a judgement, or a plan, may depend on.
_SUFFIXES = frozenset({".py", ".feature", ".yaml", ".toml", ".json"})


@functools.cache
def judge_digest(*more: str) -> str:
    """SHA-256 in hexadecimal over everything that a judgement depends on besides the records.

    ``more`` are packages that make something of it, and count too.
    """
    found = hashlib.sha256(platform.python_version().encode())
    for point in plug_ins():
        version = point.dist.version if point.dist is not None else ""
        found.update(f"{point.group} {point.name} {point.value} {version}\n".encode())
    for name, path in _sources(more):
        found.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _sources(more: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """The files, with their names in their packages, of the packages that judge, and of those that plug-ins are in."""
    added = {point.module.partition(".")[0] for point in plug_ins()}
    for name in (*_PACKAGES, *more, *sorted(added - {*_PACKAGES, *more})):
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(path for path in Path(folder).rglob("*") if path.suffix in _SUFFIXES):
                yield f"{name}/{path.relative_to(folder)}", path
        if spec and spec.origin and not spec.submodule_search_locations:
            yield name, Path(spec.origin)
