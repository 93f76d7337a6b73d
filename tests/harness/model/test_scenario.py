"""What a scenario expects of a stack, by its tags."""

from __future__ import annotations

from gameday.model.scenario import Flow, Scenario
from support.rows import rows


@rows(
    ("tags", "stack", "expected"),
    [
        ((), "brittle", "passed"),
        (("fails:brittle",), "brittle", "failed"),
        (("inconclusive:brittle",), "brittle", "inconclusive"),
        (("fails:brittle",), "durable", "passed"),
        (("fails:durable",), "durable+no-retry", "passed"),
        (("fails:durable+no-retry",), "durable+no-retry", "failed"),
        (("abort-after-affected:10", "gate", "fails:brittle"), "brittle", "failed"),
        (("owner:brittle",), "brittle", "passed"),
        (("failed:brittle",), "brittle", "passed"),
    ],
)
def test_the_tags_of_a_feature_name_the_stacks_that_are_not_expected_to_pass(
    tags: tuple[str, ...], stack: str, expected: str
) -> None:
    scenario = Scenario("a story", Flow("salesforce", "netsuite", "closed-won-to-sales-order"), tags=tags)
    assert scenario.expected(stack) == expected
