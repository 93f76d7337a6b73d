"""How `gameday contract` shows its findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gameday.base.terminal import show, show_json, show_lines
from gameday.contracts.compatibility.annotations import github_line, text_line

if TYPE_CHECKING:
    from gameday.base.violation import Violation
    from gameday.contracts.compatibility.change import Change
    from gameday.contracts.compatibility.diff import FlowReview


def show_findings(found: Sequence[Violation], form: str, *, checked: int) -> None:
    """Show one finding on each line, and in text their number; in JSON an object with the list."""
    if form == "json":
        _json({"checked": checked, "violations": found})
        return
    for violation in found:
        show(github_line(violation) if form == "github" else text_line(violation))
    if form == "text":
        errors = sum(violation.level == "error" for violation in found)
        show(f"{_count(checked, 'contract')} checked: {_count(errors, 'error')}, {len(found) - errors} to look at")


def show_comparisons(results: Sequence[FlowReview], form: str) -> None:
    """Show each flow's changes with what they break, then what is wrong."""
    if form == "json":
        _json({"flows": [_as_data(result) for result in results]})
    elif form == "github":
        for result in results:
            for violation in result.violations:
                show(github_line(violation))
    else:
        for number, result in enumerate(results):
            show_lines(["", *_text(result)] if number else _text(result))


def _text(result: FlowReview) -> Iterator[str]:
    comparison = result.comparison
    changes = comparison.changes
    yield f"{comparison.flow}: {_count(len(changes), 'change')}" if changes else f"{comparison.flow}: no change"
    for change in changes:
        yield f"  {change.step:5}  {change.file}:{change.line}: {change.message} [{change.rule}]"
        yield f"         {_breaks(change)}; concerns {', '.join(change.owners)}"
    for declared in comparison.declared:
        if declared.enough and declared.step != "none":
            step = f"a {declared.step} step; {declared.required if changes else 'none'} is required"
            yield f"  {declared.file}: from {declared.before} to {declared.after} is {step}"
    if comparison.signers:
        yield f"  needs the sign-off of {', '.join(comparison.signers)}"
        yield f"  change {comparison.digest}"
    shown = {change.rule for change in changes}
    yield from (f"  {text_line(each)}" for each in result.violations if each.rule not in shown)


def _breaks(change: Change) -> str:
    broken = [
        *(["old records in new code"] if change.breaks_old_records else []),
        *(["new records in old code"] if change.breaks_new_records else []),
    ]
    return f"breaks {' and '.join(broken)}" if broken else "breaks no record"


def _as_data(result: FlowReview) -> dict[str, Any]:
    comparison = result.comparison
    return {
        "flow": comparison.flow,
        "change": comparison.digest,
        "required_step": comparison.required_step,
        "declared_step": comparison.declared_step,
        "signers": comparison.signers,
        "declared": comparison.declared,
        "changes": comparison.changes,
        "violations": result.violations,
    }


def _json(data: Any) -> None:
    show_json(data)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
