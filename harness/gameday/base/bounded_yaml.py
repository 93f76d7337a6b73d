"""Reads untrusted YAML: bounded in size and depth, without aliases, tags or duplicate keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import yaml

from gameday.base.errors import GamedayError

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

T = TypeVar("T")

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER_DIGITS = 100

_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")}
_KEY = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(_Base):
    """Builds only what JSON can hold: a date stays text, and any other tag is refused."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node.tag not in _PLAIN:
            raise _refused(f"the tag {node.tag!r} is refused", node.start_mark)
        if node.tag.endswith(":int") and len(node.value) > MAX_INTEGER_DIGITS:
            raise _refused("a number of too many digits", node.start_mark)
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in getattr(node, "value", ()):
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("a list or mapping as a key", key.start_mark)
            if key.tag != _KEY:
                raise _refused(f"the key {key.value[:80]!r} is not text", key.start_mark)
            if key.value in seen:
                raise _refused(f"the key {key.value[:80]!r} appears twice", key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def _refused(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def read_yaml(data: bytes, *, where: str, what: str = "a contract") -> Any:
    """The one document in ``data``, expected to be ``what``. Raises GamedayError naming ``where``, line and column."""
    # A safe loader, narrowed further.
    return _bounded(data, lambda text: yaml.load(text, Loader=_Loader), where=where, what=what)  # noqa: S506


def read_yaml_nodes(data: bytes, *, where: str, what: str = "a contract") -> yaml.Node | None:
    """The root node of the one document in ``data``, each with its place; None if it is empty. Nothing is built.

    It is read by the parser of ``read_yaml``, so that the two never disagree about a file. Raises GamedayError.
    """
    return _bounded(data, lambda text: yaml.compose(text, Loader=_Base), where=where, what=what)


def _bounded(data: bytes, read: Callable[[str], T], *, where: str, what: str) -> T:
    if len(data) > MAX_BYTES:
        raise GamedayError(f"{where} has more than {MAX_BYTES:,} bytes", hint=f"is it {what}?")
    try:
        text = data.decode("utf-8-sig")
        _check_shape(text)
        return read(text)
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{where} is not UTF-8 (byte {problem.start})") from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        reason = " ".join(part for part in (problem.context, problem.problem) if part) or "it cannot be read"
        raise GamedayError(f"{place}: not the YAML of {what}: {reason[:200]}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise GamedayError(f"{where}: not the YAML of {what}: {str(problem)[:200]}") from None


def _check_shape(text: str) -> None:
    """Check the events before anything is built from them: a few lines of aliases can expand to gigabytes."""
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent):
            raise _refused("an alias (*)", event.start_mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refused(f"nested deeper than {MAX_DEPTH}", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
