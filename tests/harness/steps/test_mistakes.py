"""Planning refuses what a run could not do: every mistake of every feature, each on one line with its place."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.features import library
from gameday.config.stack_table import read_stack
from gameday.model.scenario import Flow, Injection, Scenario, WorkloadSpec
from gameday.model.settings import Settings, Target
from gameday.run.plan import make_workload
from gameday.steps import feasible, vendor_limits
from gameday.steps.planning import plan_scenarios
from gameday.steps.session import run_session

pytestmark = pytest.mark.slow

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 30 per minute
    And 20% of them are amended within 5 minutes

  Scenario: Something happens
    When after 1 minute the CRM suffers "renamed field" for 90 seconds
      | field              | new name |
      | Opportunity.Amount | Total__c |
    And after 30 seconds the ERP suffers "server errors" for 90 seconds
      | error       | operation   |
      | unavailable | order.write |
    And after 30 seconds the stack suffers "killed worker" for 90 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And the stack sent at most 3 requests per deal
"""
LAST = "the stack sent at most 3 requests per deal"
QUOTES = '"""'
SETTINGS = "the ERP has the settings\n      | {} |\n      | {} |"
AMENDED = "20% of them are amended within 5 minutes"
REQUESTS = 'the expectation "bounded requests" holds\n      | per order |\n      | {} |'
EXPECTATION = 'the expectation "owner alerted" holds'
LATE_WHEN = 'nobody had to step in\n    When after 1 minute the stack suffers "paused worker" for 9 seconds'
CONFIGURATION = """\
[stack.mine]
url = "http://127.0.0.1:8080"

[stack.quiet]
command = ["true"]
alerts = "victorops"

[stack.poller]
command = ["true"]
absent = ["webhook", "invoices"]

[stack.writer]
command = ["true"]
absent = ["changes after winning"]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A session within a session looks for garbage: not in all that the outer one holds.
    gc.freeze()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    Path("gameday.toml").write_text(CONFIGURATION)


def mistakes(*texts: str, stack: str = "durable") -> tuple[str, ...]:
    """The lines that planning these features against a stack shows."""
    for number, text in enumerate(texts):
        Path(f"{number}.feature").write_text(text)
    with pytest.raises(GamedayError) as problem:
        plan_scenarios([Path()], Settings(targets=(Target(stack, 1), Target(stack, 2))))
    assert problem.value.exit_code == 2
    return problem.value.lines


def changed(was: str, becomes: str) -> str:
    assert was in FEATURE
    return FEATURE.replace(was, becomes)


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        (
            "  Scenario:",
            "  @fail:durable\n  Scenario:",
            r"8: tag '@fail:durable' has no meaning \(did you mean '@fails:dur",
        ),
        ('"salesforce"', '"zoho"', r"3: unknown CRM 'zoho'; known: .*salesforce"),
        ('"netsuite"', '"sap"', r"3: unknown ERP 'sap'; known: .*netsuite"),
        ('to "netsuite"', 'to "pagerduty"', r"3: 'pagerduty' is a pager, not an ERP \(known: .*netsuite"),
        ("closed-won-to-sales-order", "closed-won", r"3: unknown contract 'closed-won'; known: "),
        ("60 deals", "-60 deals", r"4: -60 deals at 30 per minute is no workload \(both must be greater than 0\)"),
        ("60 deals", "6.5 deals", r"4: '6.5' deals is not possible \(it must be a whole number\)"),
        ("at 30 per", "at -30 per", r"4: 60 deals at -30 per minute is no workload"),
        ("20% of", "150% of", r"5: 150% of the deals is not possible \(it must be between 0% and 100%\)"),
        ("20% of", "-1% of", r"5: -1% of the deals is not possible"),
        ("amended", "refunded", r"5: unknown operation 'refunded'; known: amended, .*voided"),
        ("after 1 minute", "after -1 minute", r"8: not a duration: '-1 minute'"),
        ("Opportunity.Amount", "Opportunity.Amont", r"8: 'renamed field' is not possible: .*unknown field 'Amont'"),
        ("Opportunity.Amount", "Oportunity.Amount", r"8: 'renamed field' is not possible: .*unknown object 'Oport"),
        ("the CRM suffers", "the ERP suffers", r"8: 'renamed field' is not possible: .*unknown record 'Opportunity'"),
        ("unavailable", "unavailabel", r"11: 'server errors' is not possible: .*unknown error 'unavailabel'; known: "),
        ("order.write", "order.wirte", r"11: 'server errors' is not possible: .*unknown operation 'order.wirte'"),
        ("the ERP suffers", "the pager suffers", r"11: 'server errors' is not possible: .*unknown operation 'order"),
        ("within 10 minutes", "within -10 minutes", r"15: not a duration: '-10 minutes'"),
        (
            "within 10 minutes",
            "within 0 minutes",
            r"15: within 0 minutes is not possible \(it must be greater than 0\)",
        ),
        (AMENDED, SETTINGS.format("x | x", "1 | 2"), r"5: 'x' stands twice in a table \(give each parameter once\)"),
        ("at most 3", "at most -3", r"16: -3 requests per deal is not possible \(it must be greater than 0\)"),
        (LAST, "the largest 100% of the backlog arrive first", r"16: the largest 100% is not possible"),
        ("the stack sent", "the stack send", r"16: unknown step 'the stack send at most 3 requests per deal'; known: "),
        ("order.write", "orders.put", r"11: 'server errors' is not possible: .*unknown operation 'orders.put'"),
        ("Opportunity.Amount", "Opportunity.Nope", r"8: 'renamed field' is not possible: .*unknown field 'Nope'"),
        ("60 deals", '60 deals of the file "no.csv"', r"4: unknown deals file 'no.csv'; known: .*\(name a file beside"),
        (
            AMENDED,
            SETTINGS.format("price tolerence percent", 5),
            r"5: unknown setting of netsuite 'price_tolerence_percent'; known",
        ),
        (
            AMENDED,
            SETTINGS.format("price tolerance percent", "much"),
            r"5: the settings of netsuite are not possible: bad",
        ),
        (
            AMENDED,
            SETTINGS.format("price tolerance percent", -5),
            r"5: the settings of netsuite are not possible: price_tolerance_percent -5 is less than 0",
        ),
        (
            AMENDED,
            SETTINGS.format("time zone", "Mars/Phobos"),
            r"5: the settings of netsuite are not possible: unknown time_zone 'Mars/Phobos'",
        ),
        (AMENDED, "the ERP has the settings", r"5: no settings of netsuite are given \(a table of: "),
        (AMENDED, 'they are in "EUR, XXX"', r"5: unknown currency 'XXX' in the par"),
        (
            "20% of them are amended within 5 minutes",
            "9 deals are closed won at 3 per minute",
            r"5: a second workload: ",
        ),
        ("within 5 minutes", "within 5 lightyears", r"5: unknown step '20% of them are amended within 5 light"),
        ("killed worker", "killed wroker", r"14: unknown fault 'killed wroker'; known: .*did you mean 'killed worker'"),
        ("of the fix", "of the fix\n      | a |\n      | 1 |", r"15: the step 'every deal .*' takes no table below it"),
        (
            "of the fix",
            'of the fix\n    """\n    stray\n    """',
            r"15: the step 'every deal .*' takes no text below it",
        ),
        (
            "the stack sent at most 3 requests per deal",
            REQUESTS.format("abc"),
            r"16: bad value 'abc' for 'per order' of",
        ),
        (
            "the stack sent at most 3 requests per deal",
            REQUESTS.format("-1"),
            r"16: bad value '-1' for 'per order' of ",
        ),
        (
            "the stack sent at most 3 requests per deal",
            EXPECTATION,
            r"16: 'within s' of the expectation 'owner alerted' is",
        ),
        (
            "the stack sent at most 3 requests per deal",
            LATE_WHEN,
            r"17: a When comes after the Then in line 15 \(write ",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(was: str, becomes: str, message: str) -> None:
    [line] = mistakes(changed(was, becomes))
    assert re.match(rf"0\.feature:{message}", line), line


def test_all_mistakes_of_all_features_are_shown_at_once() -> None:
    first = changed('"netsuite"', '"sap"').replace("20%", "120%").replace("at most 3", "at most 0")
    second = changed("Opportunity.Amount", "Opportunity.Amont")
    third = FEATURE + FEATURE[FEATURE.index("  Scenario") :]
    places = [line.split(": ")[0] for line in mistakes(first, second, third, FEATURE)]
    # A feature that cannot be read comes first.
    assert places == ["2.feature:17", "0.feature:3", "0.feature:5", "0.feature:16", "1.feature:8"]


def test_a_mistake_of_the_background_is_shown_once() -> None:
    another = FEATURE[FEATURE.index("  Scenario") :].replace("Something", "Something else")
    assert len(mistakes(changed('"netsuite"', '"sap"') + another)) == 1


def test_an_unknown_stack_is_shown_beside_the_mistakes_of_features() -> None:
    feature, stack = mistakes(changed('"netsuite"', '"sap"'), stack="nope")
    assert feature.startswith("0.feature:3: unknown ERP 'sap'")
    assert stack.startswith("unknown stack 'nope'; known: brittle, durable")


def test_a_stack_whose_alerts_nothing_could_read_is_refused() -> None:
    [line] = mistakes(FEATURE, stack="quiet")
    assert line == (
        "unknown signal source 'victorops' in 'alerts' of stack 'quiet'; known: alertmanager, email, jira, "
        "opsgenie, otlp, pagerduty, prometheus, slack, teams "
        "(nothing could read its alerts)"
    )


def test_a_stack_that_runs_already_is_not_killed() -> None:
    [line] = mistakes(FEATURE, stack="mine")
    assert line == "0.feature:14: stack 'mine' cannot be killed: it is a URL (give it a command)"


def test_a_sound_feature_is_planned_for_each_target() -> None:
    Path("some.feature").write_text(FEATURE)
    outcomes = plan_scenarios([Path()], Settings(targets=(Target("durable", 1), Target("durable", 2))))
    assert [outcome.seed for outcome in outcomes] == [1, 2]
    assert all(outcome.planned is not None for outcome in outcomes)


WORKLOAD = """\
    And the workload "closed won"
      | count | per minute | products | {name}
      | 12    | 6          | 3        | {value}
"""


def with_workload(name: str = "spread |", value: str = "0.5 |") -> str:
    return changed(
        "    And 60 deals are closed won at 30 per minute\n",
        WORKLOAD.format(name=name, value=value),
    )


def test_a_workload_is_taken_by_its_name_with_a_table() -> None:
    Path("some.feature").write_text(with_workload())
    [outcome] = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),)))
    assert outcome.planned is not None
    spec = outcome.planned.workload
    assert (spec.name, spec.count, spec.per_minute) == ("closed won", 12, 6.0)
    assert spec.params == {"products": "3", "spread": "0.5", "amended": 0.2, "amended_after_s": 300.0}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("colour |", "red |", "unknown key 'colour' in the parameters of the workload 'closed won'; known: amended"),
        ("spread |", "wide |", "bad value 'wide' for 'spread' in the parameters of the workload 'closed won'"),
    ],
)
def test_a_bad_parameter_of_a_workload_is_named(name: str, value: str, message: str) -> None:
    [line] = mistakes(with_workload(name, value))
    assert line.startswith(f"0.feature:4: {message}"), line


def test_an_unknown_workload_is_named_with_the_known() -> None:
    [line] = mistakes(with_workload().replace('workload "closed won"', 'workload "closed one"'))
    assert line.startswith("0.feature:4: unknown workload 'closed one'; known: awkward texts, closed won, deals file")


def test_a_fake_that_cannot_be_loaded_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("No module named 'acme'")

    monkeypatch.setattr(vendor_limits, "fake_kinds", broken)
    vendor_limits.vendors.cache_clear()
    try:
        lines = mistakes(FEATURE)
    finally:
        vendor_limits.vendors.cache_clear()
    assert len(lines) == 1
    assert lines[0].startswith("the fake of a plug-in cannot be loaded: ImportError: No module named 'acme'")


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ('the ERP suffers "record lock" for 0 seconds', "'record lock' for 0 s changes nothing"),
        (
            'the ERP suffers "connection reset" for 1 minute\n      | after s |\n      | 60 |',
            "'connection reset' for 1 min changes nothing: it first acts after 1 min",
        ),
        (
            'the CRM suffers "duplicate delivery" for 1 minute\n      | copies |\n      | 0 |',
            "fault 'duplicate delivery' with copies 0 changes nothing",
        ),
        (
            'the ERP suffers "slow replies" for 1 minute\n      | delay s |\n      | 0.001 |',
            "fault 'slow replies' with delay s 0.001 and jitter s 0 changes nothing",
        ),
        (
            'the ERP suffers "narrow bandwidth" for 1 minute\n      | rate kib s |\n      | 1000000 |',
            "fault 'narrow bandwidth' with rate kib s 1000000 (all that a sync sends) changes nothing",
        ),
        (
            'the ERP suffers "sliced packets" for 1 minute\n      | average bytes |\n      | 1000000 |',
            "fault 'sliced packets' with average bytes 1000000 (nothing is longer) changes nothing",
        ),
        (
            'the ERP suffers "closed period" for 1 minute\n      | period |\n      | 2026-13 |',
            "no such accounting period: '2026-13'",
        ),
    ],
)
def test_a_fault_that_can_change_nothing_is_refused(step: str, why: str) -> None:
    (line,) = mistakes(changed(FAULT, f"    When after 1 minute {step}\n"))
    assert line.partition(":8: ")[2].startswith(why)


# -- what does not apply to a stack ------------------------------------------------------------------

FAULT = """\
    When after 1 minute the CRM suffers "renamed field" for 90 seconds
      | field              | new name |
      | Opportunity.Amount | Total__c |
"""
EXPECTED = "    Then every deal is in the ERP exactly once within 10 minutes of the fix\n"


def why_not_applicable(text: str, *stacks: str) -> list[str]:
    """Why a scenario does not apply to each of these stacks; empty where it does."""
    Path("some.feature").write_text(text)
    targets = tuple(Target(stack, 1) for stack in stacks)
    return [outcome.not_applicable for outcome in plan_scenarios([Path()], Settings(targets=targets))]


def test_a_scenario_whose_fault_needs_what_is_absent_does_not_apply() -> None:
    fault = 'the CRM suffers "duplicate delivery" for 90 seconds\n'
    text = changed(FAULT, f"    When after 1 minute {fault}")
    assert why_not_applicable(text, "durable", "poller") == [
        "",
        "'duplicate delivery' cannot affect poller: it takes no events from the CRM",
    ]


def test_a_fault_or_a_setting_that_a_vendor_cannot_have_does_not_apply() -> None:
    Path("cannot.feature").write_text(
        changed(FAULT, '    When after 1 minute the ERP suffers "clock skew" for 90 seconds\n').replace(
            'from "salesforce" to "netsuite"', "from the CRM to the ERP"
        )
    )
    settings = Settings(targets=(Target("durable", 1),), erp="business-central")
    (outcome,) = plan_scenarios([Path()], settings)
    why = "requests have a bearer token, and no signature with a time"
    assert outcome.not_applicable == f"not with Business Central: {why}"


@pytest.mark.parametrize(("erp", "vendor"), [("netsuite", "NetSuite"), ("business-central", "Business Central")])
def test_a_fault_that_only_another_vendor_has_does_not_apply(erp: str, vendor: str) -> None:
    Path("other.feature").write_text(
        changed(FAULT, '    When after 1 minute the ERP suffers "csrf expiry" for 90 seconds\n').replace(
            'from "salesforce" to "netsuite"', "from the CRM to the ERP"
        )
    )
    (outcome,) = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),), erp=erp))
    assert outcome.not_applicable == f"not with {vendor}: it is a fault of S/4HANA"


def test_a_trait_of_the_deals_that_a_vendor_cannot_have_does_not_apply() -> None:
    def why(twins: str, erp: str) -> str:
        table = f'the workload "closed won"\n      | count | case twins |\n      | 60    | {twins} |'
        text = FEATURE.replace("60 deals are closed won at 30 per minute", table)
        Path("twins.feature").write_text(text.replace('from "salesforce" to "netsuite"', "from the CRM to the ERP"))
        (outcome,) = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),), erp=erp))
        return outcome.not_applicable

    reason = "it keeps the numbers of items in upper case, so no two differ by case alone"
    assert why("0.5", "business-central") == f"not with Business Central: {reason}"
    assert why("0.0", "business-central") == why("0.5", "netsuite") == ""


def test_a_setting_that_only_another_vendor_has_does_not_apply() -> None:
    late = "    And the ERP has the settings\n      | autoinvoice after s |\n      | 20                  |\n"
    text = FEATURE.replace("  Scenario:", f"{late}  Scenario:", 1)
    assert why_not_applicable(text, "durable") == ["not with NetSuite: it is a setting of Oracle Fusion"]


def test_an_operation_that_only_other_vendors_have_does_not_apply() -> None:
    fault = 'the ERP suffers "reply lost after commit" for 90 seconds\n      | operation |\n      | {} |\n'
    Path("other.feature").write_text(
        changed(FAULT, f"    When after 1 minute {fault.format('credit.write')}").replace(
            'from "salesforce" to "netsuite"', "from the CRM to the ERP"
        )
    )
    (outcome,) = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),), erp="s4hana"))
    assert outcome.not_applicable.startswith("not with S/4HANA: 'credit.write' is an operation of ")
    # Its billing run makes the invoices: a reply to one cannot be lost.
    text = Path("other.feature").read_text().replace("credit.write", "invoice.write")
    Path("other.feature").write_text(text)
    (outcome,) = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),), erp="s4hana"))
    assert outcome.not_applicable.startswith("not with S/4HANA: its billing run makes the invoices")
    # What nobody has is a mistake.
    [line] = mistakes(changed(FAULT, f"    When after 1 minute {fault.format('order.sing')}"))
    assert "unknown operation 'order.sing'" in line


def test_brittle_declares_that_it_makes_no_batch_calls() -> None:
    text = changed(FAULT, '    When after 1 minute the CRM suffers "partly failed batch" for 90 seconds\n')
    assert why_not_applicable(text, "brittle", "durable") == [
        "'partly failed batch' cannot affect brittle: it makes no batch calls",
        "",
    ]


def test_a_scenario_about_changes_does_not_apply_to_a_stack_that_follows_none() -> None:
    assert AMENDED in FEATURE
    assert why_not_applicable(FEATURE, "writer", "durable") == [
        "won deals change, and writer does without: it does not follow what happens to a deal after it was won",
        "",
    ]
    assert why_not_applicable(FEATURE.replace("20% of them", "0% of them"), "writer") == [""]


def test_changes_are_left_out_of_the_workload_of_a_stack_that_follows_none() -> None:
    spec = WorkloadSpec(count=100, params={"amended": 0.2, "deleted": 0.1})
    scenario = Scenario("s", Flow("salesforce", "netsuite", "closed-won-to-sales-order"), spec)
    changes = {"amend_deal", "delete_deal"}
    assert changes <= {operation.f for operation in make_workload(scenario).operations}
    left = make_workload(scenario, ["changes after winning"]).operations
    assert {operation.f for operation in left} == {"close_deal", "open_deal", "lose_deal"}


def test_a_scenario_of_which_one_expectation_is_left_applies() -> None:
    one = changed(EXPECTED, "    Then every deal is invoiced exactly once\n")
    assert why_not_applicable(one, "poller") == [""]


def test_a_scenario_that_expects_nothing_but_invoices_does_not_apply_without_invoices() -> None:
    text = changed(EXPECTED, "    Then every deal is invoiced exactly once\n")
    only = text.replace("    And the stack sent at most 3 requests per deal\n", "")
    assert why_not_applicable(only, "poller", "durable") == [
        "nothing is expected of poller: it writes no invoices",
        "",
    ]


def test_a_scenario_that_does_not_apply_is_not_run() -> None:
    Path("some.feature").write_text(
        changed(FAULT, '    When after 1 minute the CRM suffers "duplicate delivery" for 90 seconds\n')
    )
    [outcome] = run_session([Path()], Settings(targets=(Target("poller", 1),)))
    assert (outcome.result, outcome.exit_code, outcome.run_dir) == ("not applicable", 0, "")
    assert outcome.why == "'duplicate delivery' cannot affect poller: it takes no events from the CRM"


# -- what works as people expect ---------------------------------------------------------------------


def planned(text: str | bytes) -> Scenario:
    """The only scenario of a feature."""
    Path("some.feature").write_bytes(text if isinstance(text, bytes) else text.encode())
    [outcome] = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),)))
    assert outcome.planned is not None
    return outcome.planned


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("after 1 minute", "after 1 min"),
        ("after 1 minute", "after 60 s"),
        ("for 90 seconds", "for 90 s"),
        ("for 90 seconds", "for 1.5 min"),
        ("within 5 minutes", "within 300 secs"),
        ("within 10 minutes", "within 10min"),
    ],
)
def test_durations_may_be_abbreviated(was: str, becomes: str) -> None:
    sound = planned(FEATURE)
    other = planned(changed(was, becomes))
    assert (other.workload, other.injections, other.recovery_s) == (sound.workload, sound.injections, sound.recovery_s)


def test_a_week_is_a_duration() -> None:
    assert planned(changed("within 10 minutes of", "within 1 week of")).recovery_s == 7 * 24 * 3600


def test_a_share_may_be_written_in_percent_and_seconds_with_a_unit() -> None:
    table = "      | error       | operation   | share |\n      | unavailable | order.write | 30%   |\n"
    text = changed("      | error       | operation   |\n      | unavailable | order.write |\n", table)
    assert planned(text) == planned(text.replace("30%  ", "0.3  "))
    slow = text.replace("server errors", "slow replies").replace("error      ", "delay s    ")
    assert (
        planned(slow.replace("unavailable", "2 min")).injections
        == planned(slow.replace("unavailable", "120")).injections
    )


def test_the_percent_of_a_price_stays_a_percentage() -> None:
    table = 'the ERP suffers "price drift" for 90 seconds\n      | percent | share |\n      | 12%     | 25%   |\n'
    [injection] = [
        i for i in planned(changed(FAULT, f"    When after 1 minute {table}")).injections if i.target == "erp"
    ][1:]
    assert injection.params == {"percent": "12", "share": "0.25"}


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert planned(b"\xef\xbb\xbf" + FEATURE.encode()) == planned(FEATURE)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "\ufeff"])
def test_an_empty_file_is_a_mistake_with_its_place(text: str) -> None:
    assert mistakes(text) == ("0.feature:1: the file is empty (begin with: Feature: ...)",)


def test_a_deals_file_that_the_table_of_a_workload_names_is_looked_up() -> None:
    text = with_workload("file   |", "no.csv |").replace('"closed won"', '"deals file"').replace("| products ", "")
    text = text.replace("| 3        ", "")
    assert mistakes(text)[0].startswith("0.feature:4: unknown deals file 'no.csv'; known: ")


def test_a_deals_file_is_looked_up_beside_the_feature() -> None:
    Path("mine.csv").write_text("order,account,product,quantity,amount\n1,A,P,1,10\n")
    assert planned(changed("60 deals", '60 deals of the file "mine.csv"')).workload.params["file"] == "mine.csv"


def test_under_a_contract_without_invoices_a_fault_on_invoices_does_not_apply() -> None:
    folder = Path("contracts")
    folder.mkdir()
    for path in (library() / "contracts").glob("closed-won-to-sales-order.*.yaml"):
        text = path.read_text().replace("property: invoiced\n    value: true", "property: invoiced\n    value: false")
        (folder / path.name).write_text(text)
    Path("gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    settings = Settings(targets=(Target("durable", 1),))
    planned = {Path(outcome.feature).stem: outcome for outcome in plan_scenarios([library() / "delivery"], settings)}
    assert planned["invoice_reply_lost"].not_applicable == (
        "'reply lost after commit' cannot affect durable: it writes no invoices"
    )
    assert planned["reply_lost"].not_applicable == ""


@pytest.mark.parametrize(("process", "refused"), [("nightly", False), ("nihgtly", True), ("", False)])
def test_a_process_that_a_stack_has_not_is_not_killed(process: str, refused: bool) -> None:
    table = {"processes": {"nightly": {"command": ["x"], "every": "1 minute"}, "api": {"command": ["y"]}}}
    environment = feasible.PlannedEnvironment(read_stack("mine", table, file="gameday.toml"))
    injection = Injection(60.0, "killed worker", "stack", 60.0, {"process": process})
    said = [str(each) for each in environment.injection_mistakes(injection, Flow("salesforce", "netsuite", "orders"))]
    assert said == (
        ["unknown process 'nihgtly' in stack 'mine'; known: api, nightly (did you mean 'nightly'?)"] if refused else []
    )


def test_a_change_of_deals_that_only_another_crm_has_does_not_apply() -> None:
    changes = "    And 50% of them are exempted by formula within 1 minute\n"
    text = FEATURE.replace("  Scenario:", f"{changes}  Scenario:", 1).replace(FAULT + "    And", "    When")
    text = text.replace('from "salesforce" to "netsuite"', "from the CRM to the ERP")
    assert changes in text
    Path("changes.feature").write_text(text)
    (outcome,) = plan_scenarios([Path()], Settings(targets=(Target("durable", 1),), crm="hubspot"))
    assert outcome.not_applicable == "not with HubSpot: 'exempted by formula' is an operation of Salesforce"


def test_a_field_that_only_another_crm_has_does_not_apply_and_one_that_none_has_is_a_mistake() -> None:
    asked = (
        "    And the CRM has the settings\n      | ledger fields             |\n      | customer.Customer_Tier__c |\n"
    )
    text = FEATURE.replace("\n  Scenario:", f"{asked}\n  Scenario:", 1).replace(FAULT + "    And", "    When")
    text = text.replace('from "salesforce" to "netsuite"', "from the CRM to the ERP")
    settings = Settings(targets=(Target("durable", 1),), crm="hubspot")
    Path("tier.feature").write_text(text)
    (outcome,) = plan_scenarios([Path()], settings)
    assert outcome.not_applicable.startswith("not with HubSpot: ledger_fields: ")
    Path("tier.feature").write_text(text.replace("Tier__c", "Teir__c"))
    with pytest.raises(GamedayError, match="the settings of hubspot are not possible: ledger_fields: "):
        plan_scenarios([Path()], settings)


def test_a_rollout_does_not_apply_to_a_stack_without_its_hook() -> None:
    text = changed(FAULT, '    When after 1 minute the stack suffers "canary rollout" for 3 minutes\n')
    assert why_not_applicable(text, "durable", "brittle") == [
        "",
        "'canary rollout' cannot affect brittle: its table has no roll_out hook",
    ]
