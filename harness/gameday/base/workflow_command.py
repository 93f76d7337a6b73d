"""A GitHub workflow's command: one line of its log, which becomes an annotation.

Source: GitHub Docs, "Workflow commands for GitHub Actions": ``::error file=,line=,title=::message``; in the message
``%``, CR and LF are escaped, in a property ``:`` and ``,`` too.
"""

from __future__ import annotations

from typing import Literal

from gameday.base.violation import Level

Command = Literal["error", "warning", "notice"]

#: GitHub's names of the levels.
COMMANDS: dict[Level, Command] = {"error": "error", "warning": "warning", "note": "notice"}

_IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def workflow_command(command: Command, message: str, **properties: str | None) -> str:
    """The line, with the properties in the given order; those that are None are left out.

    >>> workflow_command("notice", "50% of it: none", file="a,b.yaml", line=None, title="contract.no-key")
    '::notice file=a%2Cb.yaml,title=contract.no-key::50%25 of it: none'
    """
    listed = ",".join(
        f"{name}={value.translate(_IN_PROPERTY)}" for name, value in properties.items() if value is not None
    )
    return f"::{command} {listed}::{message.translate(_IN_MESSAGE)}"
