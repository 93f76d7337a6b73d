"""``gameday list fakes FAKE`` and ``endpoints FAKE``: all that one fake knows, and what it answers over HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameday_fakes.fake import Fake
    from gameday_fakes.parameters import Parameter

Row = tuple[str, str]
Section = tuple[str, list[Row]]


def first_line(documented: object) -> str:
    """The first line of a docstring."""
    return (documented.__doc__ or "").strip().partition("\n")[0]


def with_parameters(line: str, parameters: list[str]) -> str:
    """A line with the names of parameters, if there are any."""
    return f"{line} Parameters: {', '.join(parameters)}." if parameters else line


def _served(name: str, config: Path | None) -> type[Fake]:
    """A fake in the organisation of the configuration."""
    from gameday.base.errors import unknown
    from gameday.config.gameday_toml import load_config
    from gameday.config.organisation import kinds_of
    from gameday.steps.vendor_limits import vendors

    if name not in vendors():
        raise unknown("fake", name, vendors())
    return kinds_of(load_config(config).organisation)[name]


def fake_sections(name: str, config: Path | None) -> list[Section]:
    """All that a fake knows."""
    fake = _served(name, config)
    known = fake.catalogue()
    objects = [
        (each.name, ", ".join(f"{field.name} ({field.type})" for field in each.fields)) for each in known.objects
    ]
    sections: list[Section] = [
        ("operations", [(operation, "") for operation in known.operations]),
        ("errors", [(error.name, f"{error.status} {error.code}".rstrip()) for error in known.errors]),
        ("objects", objects),
        ("words of features", list(fake.manifest.known_as.items())),
        (
            "fault kinds",
            [(kind.name, with_parameters(kind.description, _shown(kind.parameters))) for kind in known.fault_kinds],
        ),
        ("settings", [(setting.name, f"{setting.type}: {setting.description}") for setting in known.settings]),
        (
            "business operations",
            [
                (each.name, with_parameters(each.description, _shown(each.parameters)))
                for each in known.business_operations
            ],
        ),
    ]
    return [section for section in sections if section[1]]


def endpoint_sections(name: str, config: Path | None) -> list[Section]:
    """What a fake answers over HTTP, and what it leaves out."""
    fake = _served(name, config)
    served = {
        f"{route.method} {route.pattern}": f"[{route.operation}] {_without_path(getattr(fake, route.handler))}".strip()
        for route in sorted(fake.routes, key=lambda route: (route.pattern, route.method))
        if route.handler != "left_out"
    }
    left_out = [(each.pattern, f"{each.what}: {each.why}") for each in fake.absent]
    sections: list[Section] = [("endpoints", list(served.items())), ("absent", left_out)]
    return [section for section in sections if section[1]]


def _without_path(handler: object) -> str:
    """The first line about a handler; the method and the path at its beginning stand beside it already."""
    return re.sub(r"^``[A-Z]+ [^`]*``[ :.,]*", "", first_line(handler)).replace("``", "")


def _shown(parameters: tuple[Parameter, ...]) -> list[str]:
    return [each.name if each.required else f"{each.name} = {each.default!r}" for each in parameters]
