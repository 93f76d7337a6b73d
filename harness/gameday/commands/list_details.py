"""``gameday list KIND --details``: what a feature can say, with parameters, units, possible values and an example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from gameday.base.terminal import show, show_json, show_wrapped

if TYPE_CHECKING:
    from gameday.steps.description import Described, Description

#: How many of the possible values of a parameter are shown; JSON has all.
MOST_SHOWN = 12


def has_details(kind: str | None) -> bool:
    """Whether the things of a kind can be shown in full."""
    from gameday.steps.descriptions import Kind

    return kind in get_args(Kind)


def show_details(kind: str, name: str | None, config: Path | None, *, as_json: bool) -> None:
    """Show everything of a kind in full, the one of that name, or those with it in their names.

    Raises GamedayError for an unknown one.
    """
    from gameday.base.errors import unknown
    from gameday.config.gameday_toml import load_config
    from gameday.steps.descriptions import descriptions

    known = descriptions(kind, load_config(config).organisation)  # type: ignore[arg-type]
    found = [each for each in known if name in (None, each.name)]
    if not found and name is not None:
        found = [each for each in known if name.casefold() in each.name.casefold()]
    if not found and name is not None:
        raise unknown(kind.removesuffix("s"), name, [each.name for each in known])
    if as_json:
        show_json({kind: found})
        return
    for each in found:
        for line in _lines(each):
            show_wrapped(line, indent=f"{line[: len(line) - len(line.lstrip())]}  ", bold=line == each.name)
        show("")


def _lines(described: Description) -> Iterator[str]:
    yield described.name
    yield f"  {described.what}"
    if described.layer:
        yield f"  Layer: {described.layer}. Targets: {', '.join(described.targets)}."
    for parameter in described.parameters:
        yield f"  {parameter.name}: {_parameter(parameter)}"
        for vendor, values in parameter.allowed.items():
            more = f" and {len(values) - MOST_SHOWN} more (--json)" if len(values) > MOST_SHOWN else ""
            yield f"    {vendor}: {', '.join(values[:MOST_SHOWN])}{more}"
    yield "  Example:"
    yield from (f"    {line}" for line in described.example)


def _parameter(parameter: Described) -> str:
    """A parameter's type, bounds, unit and default, in words."""
    bounds = (
        f"at least {parameter.minimum:g}" if parameter.minimum is not None else "",
        f"at most {parameter.maximum:,.10g}" if parameter.maximum is not None else "",
    )
    if parameter.unit.startswith("0 to 1"):
        bounds = ("", "")
    default = "required" if parameter.required else ""
    if not parameter.required and parameter.default not in (None, ""):
        default = f"default {parameter.default}"
    facts = (parameter.type, *bounds, parameter.unit, ", ".join(parameter.choices), parameter.description, default)
    return "; ".join(fact for fact in facts if fact)
