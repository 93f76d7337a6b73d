"""The hooks of a stack: calls of its HTTP port for what only it can do, and which of them need another."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from gameday.base.errors import GamedayError

#: ``"POST /path"``, where POST may be left out; empty for none.
Hook = Annotated[str, Meta(pattern=r"^(|((GET|POST|PUT|PATCH|DELETE) )?/[!-~]*)\Z")]

_PAIRS = (
    ("roll_out", "roll_back", "what is rolled out must be healed"),
    ("next_due", "skip", "a run skips ahead by both: docs/time.md"),
    ("skip", "next_due", "a run skips ahead by both: docs/time.md"),
)


def check_hooks(stack: Any, where: str) -> None:
    """Raise GamedayError for a hook that lacks the one it needs; a process is resumed without one."""
    paused = (("pause", "resume", "what is paused must be healed"),) if stack.url else ()
    for hook, other, why in (*paused, *_PAIRS):
        if getattr(stack, hook) and not getattr(stack, other):
            raise GamedayError(f"{where} has a {hook} hook but no {other} hook", hint=why)
