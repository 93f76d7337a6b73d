"""What runs with fakes and in tenants have in common, as the table of docs/staging.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gameday.model.scenario import Scenario

PLACES = ("fakes", "tenants")
#: An end state counts if a larger share of the deals is in it. Which of them a fault hits, and so how many, follows
#: from their ids, which each organisation gives itself.
ENDS_SO = 0.05

Result = dict[str, Any]
"""A line of results.jsonl: stack, scenario, place, result, why, verdicts by name, states (deals by state), real_s."""
Results = Mapping[tuple[str, str, str], Result]
"""The last result of each run, by stack, scenario and place."""


class Job(NamedTuple):
    """One scenario for one stack. ``refusals``: why it cannot run in tenants. ``left_out``: not applicable, and why."""

    stack: str
    scenario: Scenario
    refusals: tuple[str, ...]
    left_out: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others."""
        return self.stack, self.scenario.name

    @property
    def runs(self) -> bool:
        """Whether it runs in both places."""
        return not self.refusals and not self.left_out


def is_decided(result: Result) -> bool:
    """Whether a run has a result that another run would not change: it ran, on a machine that was not too busy."""
    return result["result"] != "not run" and not result.get("overloaded", False)


def missing_runs(jobs: Iterable[Job], results: Results) -> int:
    """How many runs have no result yet."""
    return sum(job.runs and _result(job, place, results) is None for job in jobs for place in PLACES)


def _result(job: Job, place: str, results: Results) -> Result | None:
    found = results.get((*job.key, place))
    return found if found is not None and is_decided(found) else None


def differences(job: Job, results: Results) -> Iterator[str]:
    """How the two runs of a job differ, a line each; nothing where one is missing."""
    if not job.runs:
        return
    where = f"{job.stack}: {job.scenario.name}"
    with_fakes, in_tenants = (_result(job, place, results) for place in PLACES)
    if with_fakes is None or in_tenants is None:
        return
    if with_fakes["result"] != in_tenants["result"]:
        yield f"{where}: {with_fakes['result']} with fakes, {in_tenants['result']} in tenants ({in_tenants['why']})"
    for name, word in with_fakes["verdicts"].items():
        if in_tenants["verdicts"].get(name) != word:
            yield f"{where}: {name}: {word} with fakes, {in_tenants['verdicts'].get(name, 'no verdict')} in tenants"
    for place, own, other in zip(PLACES, (with_fakes, in_tenants), (in_tenants, with_fakes), strict=True):
        for state, count in own["states"].items():
            if count > ENDS_SO * sum(own["states"].values()) and state not in other["states"]:
                yield f"{where}: {count} deals are {state} with {place} only"


def render(jobs: Sequence[Job], results: Results, lacking: int) -> str:
    """The table of what has run, what differs in it, and the scenarios that cannot run in tenants.

    ``lacking`` runs have no result yet.
    """
    stacks = list(dict.fromkeys(job.stack for job in jobs))
    by_name: dict[str, dict[str, Job]] = {}
    for job in jobs:
        by_name.setdefault(job.scenario.name, {})[job.stack] = job
    text = [f"| Scenario: with fakes / in tenants | {' | '.join(f'`{stack}`' for stack in stacks)} |"]
    text.append(f"|---|{'---|' * len(stacks)}")
    for name, of in by_name.items():
        if any(all(_result(job, place, results) for place in PLACES) for job in of.values()):
            text.append(f"| {name} | {' | '.join(_cell(of.get(stack), results) for stack in stacks)} |")
    differ = [line for job in jobs for line in differences(job, results)]
    text += ["", "What differs:" if differ else "No result, expectation or end state differs.", ""]
    text += [f"* {line}" for line in differ] + ([""] if differ else [])
    text += [f"{lacking} runs have no result yet; the command goes on with them.", ""] if lacking else []
    refused = {
        name: next(iter(of.values())) for name, of in by_name.items() if not any(job.runs for job in of.values())
    }
    text += ["| Scenario that does not run in tenants | Why |", "|---|---|"]
    text += [f"| {name} | {_listed(job.refusals or (job.left_out,))} |" for name, job in refused.items()]
    return "\n".join(["", *text, ""])


def _cell(job: Job | None, results: Results) -> str:
    if job is None:
        return ""
    if not job.runs:
        return "not applicable" if job.left_out else f"not run: {_listed(job.refusals)}"
    words = [result["result"] if (result := _result(job, place, results)) else "no result yet" for place in PLACES]
    return words[0] if {*words} == {"no result yet"} else " / ".join(words)


def _listed(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reasons))
