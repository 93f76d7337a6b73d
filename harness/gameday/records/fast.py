"""Accepts a record in one decode: a type generated from the contract, and generated code for all other conditions.

It only accepts or refuses; ``explain`` finds the reasons for a record that is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from gameday.records.leaf import Bounds, Leaf
from gameday.records.leaves import compile_leaf
from gameday.records.numbers import LARGEST, is_finer
from gameday.records.tree import Node, Shape

#: Constraints of a list that do not depend on its items.
_LENGTHS = frozenset({"minItems", "maxItems"})

#: The kinds that JSON writes in quotation marks.
_TEXTS = frozenset({"string", "date", "time", "timestamp"})

#: Python allows at most twenty nested blocks.
_DEEPEST = 8

#: From a record to the fields that the contract knows, and how many quotation marks they have; None if not accepted.
#: Exact numbers are int or Decimal, others float, and a missing value is UNSET. Unknown fields are left out.
Accept = Callable[[bytes], tuple[Any, int] | None]

#: From the decoded record and its items to whether a condition certainly holds.
Keeps = Callable[[Any, Sequence[Any]], bool]


class Steps(msgspec.Struct, frozen=True):
    """Numbers (by their paths) that must be multiples of a step, a power of ten that depends on another field.

    ``step_of`` gives the step for that field's value, which may be missing or null.
    """

    field: Node
    numbers: frozenset[str]
    step_of: Callable[[Any], Decimal]


# The type checker knows only types that are in the source.
_list: Any = list


class Acceptance:
    """Decodes records of one shape into a generated type, whose attributes are the contract's fields by number."""

    def __init__(self, shape: Shape, exact: Collection[str], steps: Steps | None) -> None:
        self._shape = shape
        self._decode = msgspec.json.Decoder(_type_of(shape.top, exact), float_hook=Decimal).decode
        self._hold = _compile_hold(shape.top, exact, steps, self.getter(steps.field) if steps else None)

    def compile(self, main: Node, lines: Node | None, conditions: tuple[Keeps, ...]) -> Accept:
        """A function that accepts a record if it fits the type and meets all conditions."""
        decode, hold = self._decode, self._hold
        get_main = self.getter(main)
        get_lines = self.getter(lines) if lines else _no_lines

        def accept(record: bytes) -> tuple[Any, int] | None:
            try:
                found = decode(record)
            except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
                return None
            marks = hold(found)
            if not marks:
                return None
            main, items = get_main(found), get_lines(found) or ()
            for condition in conditions:
                if not condition(main, items):
                    return None
            return found, marks

        return accept

    def getter(self, node: Node, above: Node | None = None) -> Callable[[Any], Any]:
        """A function from the decoded record (or the value of ``above``) to the value of a field below it."""
        node_above = above or self._shape.top
        names = node.path.removeprefix(node_above.path).strip(".").split(".")
        attributes = []
        for name in names:
            attributes.append(f"f{list(node_above.children).index(name)}")
            node_above = node_above.children[name]
        return attrgetter(".".join(attributes))


def _no_lines(_: Any) -> tuple[()]:
    return ()


def compile_acceptance(shape: Shape, exact: Collection[str], steps: Steps | None = None) -> Acceptance | None:
    """The fast way for records of this shape, or None if they can only be checked by explaining them.

    A constraint on something that decoding leaves out, such as the number of an object's fields, has no fast way.
    ``exact`` are the paths of numbers that rules calculate with; for others only the limits matter.
    """
    for node in shape.top.walk():
        lost = node.children and compile_leaf(node).also is not None
        if (lost and not _LENGTHS.issuperset(node.constraints)) or node.path.count(".") > _DEEPEST:
            return None
        if any(letter in '"\\' or letter < " " for letter in node.name):
            return None
    return Acceptance(shape, exact, steps)


def _type_of(node: Node, exact: Collection[str]) -> Any:
    """The type that a value is decoded as."""
    leaf = compile_leaf(node)
    if not node.children:
        return float if _is_float(node, leaf, exact) else leaf.type
    fields: list[Any] = []
    for index, (name, child) in enumerate(node.children.items()):
        kind = _type_of(child, exact)
        if child.required:
            fields.append((f"f{index}", kind, msgspec.field(name=name)))
        else:
            fields.append((f"f{index}", kind | None, msgspec.field(name=name, default=UNSET)))
    made = msgspec.defstruct("Fields", fields, kw_only=True, gc=False)
    return _list[made] if node.is_list else made


def _is_float(node: Node, leaf: Leaf, exact: Collection[str]) -> bool:
    """Whether a number is decoded as a float, which takes a third of the time of a Decimal.

    Rounding keeps the order, so a float beyond a limit was beyond it as written. A float equal to a limit may have
    been on either side, so no record may be equal to a limit, unless it is 0.
    """
    if leaf.bounds is None or node.path in exact:
        return False
    low, high, edges = leaf.bounds
    return (low in (0, -LARGEST) or low in edges) and (high == LARGEST or high in edges)


def _float_bounds(bounds: Bounds) -> tuple[float, float]:
    """The floats between which every number is within these bounds."""
    low, high = float(bounds[0]), float(bounds[1])
    return (
        low if Decimal(low) >= bounds[0] else math.nextafter(low, math.inf),
        high if Decimal(high) <= bounds[1] else math.nextafter(high, -math.inf),
    )


def _includes_zero(bounds: Bounds) -> bool:
    """Whether the bounds include 0 and positive numbers too small for a float: both are read as +0.0."""
    return bounds[0] == 0 and 0 not in bounds[2] and _float_bounds(bounds)[1] > 0


def _compile_hold(top: Node, exact: Collection[str], steps: Steps | None, get_field: Any) -> Callable[[Any], int]:
    """A function from the decoded record to the number of its quotation marks, or 0 if a condition fails.

    It is generated as source code, because a loop over the fields would cost as much as decoding them.
    """
    source = _Source(exact, steps.numbers if steps else frozenset())
    source.add(0, "def hold(v0):")
    source.add(1, f"marks = {_marks_within(top)}")
    if steps is not None:
        source.add(1, f"step = {source.name(steps.step_of)}({source.name(get_field)}(v0))")
    _write_fields(source, top, 0, 1)
    source.add(1, "return marks")
    exec(compile("\n".join(source.lines), "<contract>", "exec"), source.names)  # noqa: S102  # it has no text of the contract
    hold: Callable[[Any], int] = source.names["hold"]
    return hold


class _Source:
    def __init__(self, exact: Collection[str], stepped: Collection[str]) -> None:
        self.exact = exact
        self.stepped = stepped
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "Decimal": Decimal,
            "UNSET": UNSET,
            "copysign": math.copysign,
            "is_finer": is_finer,
        }

    def add(self, indent: int, line: str) -> None:
        self.lines.append("    " * indent + line)

    def refuse_if(self, indent: int, test: str) -> None:
        self.add(indent, f"if {test}:")
        self.add(indent + 1, "return 0")

    def name(self, value: Any) -> str:
        """Make a value available to the code under a name."""
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name


def _write_fields(source: _Source, node: Node, depth: int, indent: int) -> None:
    """The checks of the fields of the object in this depth's variable."""
    value = f"v{depth + 1}"
    for index, child in enumerate(node.children.values()):
        source.add(indent, f"{value} = v{depth}.f{index}")
        if child.required:
            before = len(source.lines)
            _write_value(source, child, depth + 1, indent)
            if len(source.lines) == before:
                source.lines.pop()  # the type is enough
        else:
            source.add(indent, f"if {value} is None:")
            source.add(indent + 1, "marks += 2")
            source.add(indent, f"elif {value} is not UNSET:")
            source.add(indent + 1, f"marks += {_marks(child)}")
            _write_value(source, child, depth + 1, indent + 1)


def _marks(node: Node) -> int:
    """The fewest quotation marks of a field: those of its name, of a text, and of the fields below it."""
    if node.is_list:
        return 2
    return 4 if node.kind in _TEXTS else 2 + _marks_within(node)


def _marks_within(node: Node) -> int:
    """The same for an object, or one item of a list."""
    return sum(_marks(child) for child in node.children.values() if child.required)


def _write_value(source: _Source, node: Node, depth: int, indent: int) -> None:
    """The check of a value that is not null, unless it may not be."""
    value = f"v{depth}"
    leaf = compile_leaf(node)
    if leaf.bounds is not None and _is_float(node, leaf, source.exact):
        low, high = map(source.name, _float_bounds(leaf.bounds))
        or_zero = f" and not ({value} == 0 and copysign(1, {value}) > 0)" if _includes_zero(leaf.bounds) else ""
        source.refuse_if(indent, f"not {low} < {value} < {high}{or_zero}")
    elif leaf.bounds is not None:
        low, high, edges = map(source.name, leaf.bounds)
        source.refuse_if(indent, f"{value}.__class__ is not Decimal and {value}.__class__ is not int")
        source.refuse_if(indent, f"not {low} <= {value} <= {high}")
        if leaf.bounds[2]:
            source.refuse_if(indent, f"{value} in {edges}")
    else:
        if leaf.type is Any and node.required:
            source.refuse_if(indent, f"{value} is None")
        if leaf.also is not None:
            source.refuse_if(indent, f"not {source.name(leaf.also)}({value})")
    if node.path in source.stepped:
        # Nearly every amount has exactly the decimals of its currency, which is quick to check.
        test = f"not {value}.same_quantum(step) and is_finer({value}, step)"
        source.refuse_if(indent, f"{value}.__class__ is Decimal and {test}")
    if node.is_list and node.children:
        source.add(indent, f"for v{depth + 1} in {value}:")
        source.add(indent + 1, f"marks += {_marks_within(node)}")
        _write_fields(source, node, depth + 1, indent + 1)
    elif node.children:
        _write_fields(source, node, depth, indent)
