"""Reads untrusted YAML: bounded in size and depth, without tags or duplicate keys.

Aliases (``*name``) and merge keys (``<<``) are followed, as far as what they stand for stays small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
_MERGE = "tag:yaml.org,2002:merge"


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


def read_yaml(data: bytes, *, where: str, what: str = "a contract", aliases: bool = True) -> Any:
    """The one document in ``data``, expected to be ``what``; ``aliases`` may be refused.

    Raises GamedayError naming ``where``, line and column.
    """

    def build(text: str, folded: bool) -> Any:
        # A safe loader, narrowed further.
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            node = _unfold(node) if folded else node
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()

    return _bounded(data, build, where=where, what=what, aliases=aliases)


def read_yaml_nodes(data: bytes, *, where: str, what: str = "a contract") -> yaml.Node | None:
    """The root node of the one document in ``data``, each with its place; None if it is empty. Nothing is built.

    What an alias or a merge key stands for is in its place, and its lines are those where it is written.

    It is read by the parser of ``read_yaml``, so that the two never disagree about a file. Raises GamedayError.
    """

    def build(text: str, folded: bool) -> yaml.Node | None:
        node: yaml.Node | None = yaml.compose(text, Loader=_Base)
        return _unfold(node) if folded else node

    return _bounded(data, build, where=where, what=what)


def _bounded(data: bytes, read: Callable[[str, bool], T], *, where: str, what: str, aliases: bool = True) -> T:
    if len(data) > MAX_BYTES:
        raise GamedayError(f"{where} has more than {MAX_BYTES:,} bytes", hint=f"is it {what}?")
    try:
        text = data.decode("utf-8-sig")
        return read(text, _check_shape(text, aliases))
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{where} is not UTF-8 (byte {problem.start})") from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        reason = " ".join(part for part in (problem.context, problem.problem) if part) or "it cannot be read"
        raise GamedayError(f"{place}: not the YAML of {what}: {reason[:200]}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise GamedayError(f"{where}: not the YAML of {what}: {str(problem)[:200]}") from None


def _check_shape(text: str, aliases: bool) -> bool:
    """Check the events before anything is built from them.

    Returns whether there may be an alias or a merge key. Most files have neither, and to unfold one takes as long as to
    build it.
    """
    depth, folded = 0, False
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent):
            folded = True
            if not aliases:
                raise _refused("an alias (*)", event.start_mark)
        elif isinstance(event, yaml.ScalarEvent):
            # A tag may say that a key with another name is one that merges.
            folded = folded or event.value == "<<" or event.tag is not None
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refused(f"nested deeper than {MAX_DEPTH}", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return folded


class _Tree:
    """A document's nodes as a tree: parts that aliases share are measured as often as they appear, and not copied."""

    def __init__(self) -> None:
        #: By the id of a node, how many parts it has and how deep they are; None while it is measured.
        self._known: dict[int, tuple[int, int] | None] = {}

    def measure(self, node: yaml.Node) -> tuple[int, int]:
        """The parts and the depth of a node, in which each merge key becomes the keys that it stands for."""
        if id(node) in self._known:
            known = self._known[id(node)]
            if known is None:
                raise _refused("an alias (*) of what it is in", node.start_mark)
            return known
        self._known[id(node)] = None
        if isinstance(node, yaml.MappingNode):
            node.value = self._merged(node)
        inner = [self.measure(each) for each in _inner(node)]
        parts = 1 + sum(size for size, _ in inner)
        depth = max((deep for _, deep in inner), default=0) + isinstance(node, yaml.CollectionNode)
        # No file without an alias can have so many, or be so deep.
        if parts > MAX_BYTES or depth > MAX_DEPTH:
            raise _refused("an alias (*) of too much", node.start_mark)
        self._known[id(node)] = parts, depth
        return parts, depth

    def _merged(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """The keys and values of a mapping: its own before those that it merges, and of these the first."""
        merges = [value for key, value in node.value if key.tag == _MERGE]
        pairs = [(key, value) for key, value in node.value if key.tag != _MERGE]
        if len(merges) > 1:
            raise _refused("the key '<<' appears twice", node.start_mark)
        seen = {_named(key) for key, _ in pairs}
        for value in merges:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode):
                    raise _refused("the key '<<' merges what is no mapping", source.start_mark)
                self.measure(source)
                new = [(key, each) for key, each in source.value if _named(key) not in seen]
                seen.update(_named(key) for key, _ in new)
                pairs += new
        return pairs


def _named(key: yaml.Node) -> Any:
    """What makes a key another one; a key that is no text is refused when the mapping is built."""
    return key.value if isinstance(key, yaml.ScalarNode) else id(key)


def _inner(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (each for pair in node.value for each in pair)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _unfold(root: yaml.Node | None) -> yaml.Node | None:
    """The document as a tree without merge keys: a few lines of aliases can stand for gigabytes, and are refused."""
    if root is not None:
        _Tree().measure(root)
    return root
