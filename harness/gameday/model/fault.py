"""A fault: a frozen dataclass of parameters that says what to do to inject it.

How to heal it is on disk, in the rollback log, before it is injected.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.registry import Registry

#: The layers of the bundled faults. A plug-in's faults may bring a layer of their own.
LAYERS = ("network", "http", "state", "delivery", "process")
Layer = str
"""Where a fault acts: ``network``, ``http``, ``state``, ``delivery``, ``process``, or a layer that a plug-in names."""


class LayerWords(msgspec.Struct, frozen=True):
    """The texts of a runbook that depend on the layer; those named ``ask_...`` are questions for the team."""

    what: str
    signs: tuple[str, ...]
    diagnosis: tuple[str, ...]
    mitigation: tuple[str, ...]
    fix: str
    ask_signs: str
    ask_diagnosis: str
    ask_mitigation: str
    ask_fix: str


layers: Registry[LayerWords] = Registry("layer", group="gameday.layers")
"""The words of the layers that plug-ins bring; a layer without words gets general ones."""


class FakeRule(msgspec.Struct, frozen=True, tag="fake", tag_field="action"):
    """A rule at a fake: ``PUT /{vendor}/faults/{id}`` on its control plane; healed by DELETE."""

    rule: dict[str, Any]


class Toxic(msgspec.Struct, frozen=True, tag="toxic", tag_field="action"):
    """A toxic of Toxiproxy on the proxy named ``link``; healed by deleting the toxic.

    Links are named by their two ends: ``stack-crm``, ``stack-erp``, ``stack-pager``, ``stack-tickets``, ``crm-stack``.
    Type ``down`` disables the proxy. ``attributes`` are Toxiproxy's own; those named in ``scaled`` are
    durations in scenario milliseconds, to be divided by the pace.
    """

    link: str
    type: str
    attributes: dict[str, Any] = {}
    stream: Literal["upstream", "downstream"] = "downstream"
    toxicity: float = 1.0
    scaled: tuple[str, ...] = ()


class StackAct(msgspec.Struct, frozen=True, tag="stack", tag_field="action"):
    """Stop the stack's processes: ``kill`` (healed by starting them again) or ``pause`` (healed by resuming them).

    ``process`` is one of several by its name, empty for all.
    """

    act: Literal["kill", "pause"]
    process: str = ""


class RollOut(msgspec.Struct, frozen=True, tag="roll out", tag_field="action"):
    """Roll out the stack's other version to ``percent`` of the deals by its hook; healed by its ``roll_back`` hook."""

    percent: float


Action = FakeRule | Toxic | StackAct | RollOut


def link_of(target: str) -> str:
    """The link that carries a role's replies; the stack's own is the one on which the CRM delivers to it."""
    return "crm-stack" if target == "stack" else f"stack-{target}"


#: A shorter delay, in scenario seconds, is not noticed.
LEAST_DELAY_S = 0.05


@dataclasses.dataclass(frozen=True)
class Fault:
    """Parameters of a fault. Subclasses are frozen dataclasses, one file each.

    ``layer`` is one of LAYERS or a plug-in's own. ``targets`` are the roles that it can affect; the first is the
    default. An alert gives the right reason if it has at least one of the words in ``reasons``, in any case. ``needs``
    are the capabilities of a stack (``gameday.model.capability``) without which the fault can affect nothing.
    ``strength`` are the parameters that say how strong it is: if all of them are 0, or delays of less than
    LEAST_DELAY_S, it changes nothing.

    ``record_names`` are the parameters that name a record type or a field: a feature may use the words of the vendor's
    manifest for it (``known_as``), which are the same for all vendors.

    ``sentence`` is the effect as a clause after "For 4 minutes", for reports: "{system} refused requests". It is
    formatted with the parameters and ``system``, the target in words ("the ERP"). Without it, reports show the name.

    ``judged_by`` is the expectation, with its sentence and its parameters, of a fault that does harm in any stack:
    features that are written for it have it, and `gameday explore` gives it a day of its own. ``fixed`` are the
    parameters that a search leaves as they are by default: with another value the vendor says what is not so, and a
    stack that believes it makes no mistake. ``unannounced``: no event and no error tells of what it changes, so a sync
    learns of it only by reading.
    ``hides_rows``: queries leave out some records of a deal; a line of no amount is missed by no sum, so a search draws
    none with it.
    """

    layer: ClassVar[Layer]
    targets: ClassVar[tuple[str, ...]]
    reasons: ClassVar[tuple[str, ...]]
    sentence: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    strength: ClassVar[tuple[str, ...]] = ()
    record_names: ClassVar[tuple[str, ...]] = ()
    judged_by: ClassVar[tuple[str, str, Mapping[str, Any]] | None] = None
    fixed: ClassVar[tuple[str, ...]] = ()
    unannounced: ClassVar[bool] = False
    hides_rows: ClassVar[bool] = False

    @property
    def onset_s(self) -> float:
        """How long after it begins it first affects anything, in scenario seconds."""
        return 0.0

    def no_effect(self) -> str:
        """Why these parameters change nothing, as a clause after "with"; empty if they change something."""
        for name in ("share", "toxicity"):
            if getattr(self, name, 1.0) == 0:
                return f"a {name} of 0"
        values = {name: getattr(self, name) for name in self.strength}
        # A reply takes longer by itself than a delay of less than LEAST_DELAY_S makes it.
        if any(value >= LEAST_DELAY_S if name.endswith("_s") else value for name, value in values.items()):
            return ""
        return " and ".join(f"{_blanks(name)} {value:g}" for name, value in values.items())

    def actions(self, target: str) -> tuple[Action, ...]:
        """What to do to inject it at ``target``; pure, so that the healing can be written down first."""
        raise NotImplementedError


faults: Registry[type[Fault]] = Registry("fault", package="gameday.faults", group="gameday.faults")


def part_id(injection: int, fault: str, part: int) -> str:
    """The id at a fake of one action of a fault: injection and action by their numbers.

    >>> part_id(0, "half-written order", 1)
    '0-half-written-order-1'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", fault.lower()).strip("-")
    return f"{injection}-{slug}-{part}"


def needs_of(fault: Fault, target: str) -> tuple[str, ...]:
    """The capabilities that a stack needs for this fault to affect anything: its own, its link's, its operation's."""
    toxics = (action for action in fault.actions(target) if isinstance(action, Toxic))
    link = ("webhook",) if any(toxic.link == link_of("stack") for toxic in toxics) else ()
    operation = str(getattr(fault, "operation", ""))
    return (*fault.needs, *link, *(name for prefix, name in _NEEDED_BY.items() if operation.startswith(prefix)))


#: Operations of the fakes that a stack carries out only with a capability.
_NEEDED_BY = {"invoice": "invoices", "batch": "batch calls"}


def make_fault(name: str, params: dict[str, Any], *, where: str = "") -> Fault:
    """Build a registered fault from a feature's table; keys are the field names with blanks for underscores.

    Values are strings as in the table; they are converted to the field's type. Raises GamedayError naming an unknown
    fault, an unknown or missing parameter, a bad value, or values with which the fault changes nothing.
    """
    kind = faults[name]
    fields = {f.name: f for f in dataclasses.fields(kind)}
    given = {parameter_name(key): value for key, value in params.items()}
    for key in given:
        if key not in fields:
            raise unknown(
                f"parameter of {name!r}",
                _blanks(key),
                [_blanks(field) for field in fields],
                where=where,
            )
    place = f" in {where}" if where else ""
    for field in fields.values():
        if field.name not in given and field.default is dataclasses.MISSING:
            raise GamedayError(f"fault {name!r} needs the parameter {_blanks(field.name)!r}{place}")
    made = kind(**{key: _convert(value, fields[key], name, place) for key, value in given.items()})
    if why := made.no_effect():
        raise GamedayError(f"fault {name!r} with {why} changes nothing{place}")
    return made


def parameter_name(key: str) -> str:
    """A parameter's name as the fault has it.

    >>> parameter_name("New name")
    'new_name'
    """
    return re.sub(r"[\s-]+", "_", key.strip().lower())


def _blanks(name: str) -> str:
    """A parameter's name as tables show it."""
    return name.replace("_", " ")


def _convert(value: Any, field: dataclasses.Field[Any], fault: str, place: str) -> Any:
    what = f"{_blanks(field.name)!r} of fault {fault!r}{place}"
    # The annotation is a text, or a type if the fault's module does not postpone its annotations.
    wanted = {"int": int, "float": float, "str": str}[getattr(field.type, "__name__", str(field.type))]
    try:
        converted: Any = msgspec.convert(value, wanted, strict=False)
    except (msgspec.ValidationError, ValueError):
        raise GamedayError(f"bad value {value!r} for {what}: not {_EXPECTED[wanted]}") from None
    if wanted is str:
        return converted
    top = 1.0 if field.name in ("share", "toxicity") else float("inf")
    if not 0 <= converted <= top or converted == float("inf"):
        bounds = "between 0 and 1" if top == 1.0 else "at least 0"
        raise GamedayError(f"bad value {value!r} for {what}: it must be {bounds}")
    return converted


_EXPECTED = {int: "a whole number", float: "a number", str: "a text"}
