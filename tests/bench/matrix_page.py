"""The results that docs/matrix.md has of a pair, so that what is new since can be added to them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gameday.steps.outcome import Outcome

#: The words of the marks in the page.
WORDS = {"✗": "failed", "?": "inconclusive", "!": "not run", "·": "passed", "n": "not applicable"}


def part_of(page: str, title: str) -> str:
    """The part under a heading of the second level; empty if there is none."""
    parts = re.split(r"(?m)^## ", page)
    return next((each for each in parts if each.startswith(f"{title}\n")), "")


def outcomes_of(part: str, planted: str) -> list[Outcome]:
    """The results of a part, each of as many seeds as it says; ``planted`` is the stack that bugs are planted in."""
    if not part:
        return []
    scenarios = re.findall(r"(?m)^\d+\. (.*)$", part)
    [seeds] = re.findall(r"`durable` has the worst of (\d+) seed", part)
    found: list[Outcome] = []
    for name, row in re.findall(r"(?m)^\| (durable|brittle|\+ \S+) \|(.*)\|$", part):
        stack = f"{planted}+{name[2:]}" if name.startswith("+") else name
        marks = [mark.strip() for mark in row.split("|")]
        for scenario, mark in zip(scenarios, marks, strict=True):
            result = WORDS.get(mark, "")
            lacks = "as it was recorded" if mark == "n" else ""
            numbers = range(1, (int(seeds) if stack == "durable" else 1) + 1) if result else ()
            found += [Outcome(scenario, "", stack, seed, result, not_applicable=lacks) for seed in numbers]
    return found


def new_among(planned: Iterable[Outcome], known: Iterable[Outcome]) -> list[Outcome]:
    """What is planned and not known: the scenarios that a stack, with or without a bug, has not played."""
    played = {(each.stack, each.scenario) for each in known}
    return [each for each in planned if (each.stack, each.scenario) not in played]


def still_planned(known: Iterable[Outcome], planned: Iterable[Outcome], bugs: Iterable[str]) -> list[Outcome]:
    """What is known of scenarios and bugs that there still are, each with its feature."""
    features = {each.scenario: each for each in planned}
    stacks = {"durable", "brittle", *bugs}
    kept = []
    for each in known:
        same = features.get(each.scenario)
        if same is not None and each.stack.rpartition("+")[2] in stacks:
            kept.append(
                Outcome(
                    each.scenario, same.feature, each.stack, each.seed, each.result,
                    planned=same.planned, not_applicable=each.not_applicable,
                )
            )  # fmt: skip
    return kept
