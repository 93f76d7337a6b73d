"""Why some changes may leave the judgement as it is: each rule names the changes and gives the reason.

A rule is asked only about a change that lowered nothing, so it hides nothing that the judge sees. What no rule explains
and ``survivors.csv`` does not list makes the proof fail; so does a rule that explains nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from gameday.analysis.alerts import fitting_owners
from gameday.analysis.ending import ending
from gameday.analysis.incident import incident
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import comparison, reconcile
from gameday.model.checker import Case
from gameday.model.contract import COMPARED_FIELDS
from gameday.model.events import FaultHit
from judge.ledgers import FAULT_FREE, control_of
from judge.mutation import Mutation


def quiet(case: Case, mutation: Mutation) -> bool:
    """No deal was affected, so nothing had to be reported."""
    return not reconcile(case).affected


def hit_again(case: Case, mutation: Mutation) -> bool:
    """The same fault hit something else too."""
    faults = {op.index: op.event.fault.partition("-")[0] for op in case.history.of(FaultHit)}
    fault = faults.get(int(mutation.where.rpartition(" ")[2]))
    return list(faults.values()).count(fault or "") > 1


def never_repaired(case: Case, mutation: Mutation) -> bool:
    """A deal was affected to the end, so that no time to repair counts."""
    return incident(case).times.repair_s is None


def said_again(case: Case, mutation: Mutation) -> bool:
    """Other alerts or tickets of the run name all affected deals that this one names."""
    triggers = observe(case.history).triggers
    at = int(mutation.where.rpartition(" ")[2])
    others = [raised for raised in triggers if raised.index != at]
    affected = {outcome.deal for outcome in reconcile(case).affected}
    named = {deal for raised in triggers if raised.index == at for deal in raised.signal.orders}
    return bool(others) and affected & named <= {deal for raised in others for deal in raised.signal.orders}


def not_expected(case: Case, mutation: Mutation) -> bool:
    """The scenario does not ask for the absence of false alarms."""
    return all(expectation.checker != "no false alarm" for expectation in case.scenario.expectations)


def noticed_first(case: Case, mutation: Mutation) -> bool:
    """The alert came before the first deal was affected."""
    detect_s = incident(case).times.detect_s
    return detect_s is not None and detect_s <= 0


def not_compared(case: Case, mutation: Mutation) -> bool:
    """Neither before the change nor after it do both systems hold the field."""
    field = mutation.field.replace("invoices[]", "invoice").replace("lines[]", "line")
    fields = {field, f"invoice.{field}"} if mutation.area.startswith("CRM") else {field}
    return not fields & (comparison(case).compared | comparison(mutation.apply()).compared)


def compares_the_same(case: Case, mutation: Mutation) -> bool:
    """The same fields are compared after the change."""
    return comparison(case).compared == comparison(mutation.apply()).compared


def same_rules(case: Case, mutation: Mutation) -> bool:
    """Every field is compared by the same rule after the change."""
    after = mutation.apply().contract
    return all(case.contract.rule(field) == after.rule(field) for field in COMPARED_FIELDS)


def within_price_tolerance(case: Case, mutation: Mutation) -> bool:
    """The contract lets a unit price differ by a share of it."""
    return case.contract.price_tolerance > 0


def taxed_the_same(case: Case, mutation: Mutation) -> bool:
    """Every line has the same tax after the change, where none is a tax of 0."""
    return _taxes(case) == _taxes(mutation.apply())


def _taxes(case: Case) -> list[Decimal]:
    entries = [*case.crm.entries, *case.erp.entries]
    documents = [*entries, *(invoice for entry in entries for invoice in entry.invoices)]
    return [line.tax or Decimal(0) for document in documents for line in document.lines]


def no_customer_rule(case: Case, mutation: Mutation) -> bool:
    """The contract names no field of a customer by which it belongs to an account."""
    return not case.contract.customer_match


def owner_not_asked(case: Case, mutation: Mutation) -> bool:
    """No alert or ticket of the run states a cause that the flow's owner has to remove."""
    about = observe(case.history).flow_signals(case.contract.name)
    causes = [fitting_owners(case.contract, raised.signal, case.scenario.injections) for raised in about]
    return not any(case.contract.owner in owners for owners in causes)


def no_path_asked(case: Case, mutation: Mutation) -> bool:
    """No expectation asks which path an error took, or who was called."""
    return not {"exception paths", "escalated"} & {expectation.checker for expectation in case.scenario.expectations}


def read_soon(case: Case, mutation: Mutation) -> bool:
    """After the change an alert is open, and the ledgers were read too soon after the repair to blame that."""
    after = ending(mutation.apply())
    return after.open is None and not after.early


class Rule(NamedTuple):
    """Changes that are out of scope, by patterns of area, field and change (``*`` anything, ``|`` or), and why."""

    area: str
    field: str
    change: str
    why: str
    when: Callable[[Case, Mutation], bool] | None = None


ANY = "*"
FACTS = "event *|control *"
WRITES = "event order_write *|event invoice_write *"
RAISED = "event alert (trigger)|event ticket (trigger)"
ANSWERS = "event alert (acknowledge)|event ticket (acknowledge)|event alert (resolve)|event ticket (resolve)"
NO_EVIDENCE = (
    "login|note|reveal|stop|closed|ledger|requests|exit|batch|reprice|merge_accounts|merge_duplicate|plug-in's own"
    "|record_sent|conditions|exchange|act|skip"
)

_LEDGERS = (
    Rule("CRM deal (won*wrong)", ANY, ANY, "the deal is parked, whatever it says"),
    Rule("* ledger", "system", ANY, "the system's name is a label"),
    Rule("* ledger", "states", "one added", "a field is compared only if both systems state it"),
    Rule(
        "CRM ledger",
        "new_customers|others|items|new_items",
        ANY,
        "a CRM says neither who added an account or a product nor what others booked",
    ),
    Rule("ERP ledger", "changed_by_sync", ANY, "deals are sold in the CRM"),
    Rule("* ledger", "leads_to", "one added", "nobody is booked under the id that was added"),
    Rule("ERP ledger", "items", ANY, "the sync has added no item, so none can be there twice"),
    Rule("ERP ledger", "new_customers", ANY, "who added a customer means nothing while each account has one"),
    Rule("ERP ledger", "customers", "one added", "a customer that was there before the sync began is none of its work"),
    Rule("* ledger", "time_s", ANY, "the moment of the reading only says how long something has been wrong"),
    Rule(ANY, "lines|invoices|invoices[].lines", "order reversed", "the order of lines and invoices means nothing"),
    Rule("* ledger", "states|others", "order reversed", "their order means nothing"),
    Rule("* ledger", "states", ANY, "the same fields are compared, for the documents state them", compares_the_same),
    Rule(
        "CRM deal (won*)|ERP order (open*)",
        "subsidiary|terms|lines[].discount|lines[].tax|invoices[].subsidiary|invoices[].terms"
        "|invoices[].lines[].discount|invoices[].lines[].tax",
        ANY,
        "only one of the two systems holds the field, so there is nothing to compare it with",
        not_compared,
    ),
    Rule(
        "CRM deal (won*)|ERP order (open*)",
        "lines[].unit_price|invoices[].lines[].unit_price",
        "a cent more|a cent less",
        "it is within the contract's tolerance for prices",
        within_price_tolerance,
    ),
    Rule(
        "CRM deal (won*)|ERP order (open*)",
        "lines[].tax|invoices[].lines[].tax",
        "removed|0",
        "no tax is a tax of 0",
        taxed_the_same,
    ),
    Rule(
        "ERP ledger",
        "customers",
        "removed|emptied|changed|in another case",
        "orders and invoices name the account themselves, and no rule asks for a field of the customer",
        no_customer_rule,
    ),
    Rule("CRM ledger", "customers", ANY, "the contract's pattern asks for no field of the account but its id"),
    Rule(ANY, "*lines[].tax_code", ANY, "each system has codes of its own; the tax that they lead to is compared"),
    Rule(ANY, "*fields", "one added", "a ledger states fields too that the contract does not map"),
    Rule(ANY, "*lines[].fields", "one doubled", "what is stated twice has one value"),
    Rule("CRM *", "keys*", ANY, "orders are matched by the deal's id"),
    Rule("CRM *", "invoices", "one added", "a CRM holds no invoices"),
    Rule(
        "CRM deal (won*)", "time_s", ANY, "a deal is due a time after its last change, and that is changed on its own"
    ),
    Rule(
        "CRM deal (won*)",
        "changed_s",
        "an hour more",
        "a later change makes the order due later, and it is right already",
    ),
    Rule("CRM deal (won*)", "changed_s", "halved|0|an hour less", "the order still came within the latency"),
    Rule("CRM deal (won*)", "state", "changed to open|changed to cancelled", "a CRM has no such state"),
    Rule("CRM deal (void)", ANY, ANY, "of a deal that was taken back, only an open order is wrong"),
    Rule("ERP order (open*)", "id|invoices[].id", ANY, "names mean nothing"),
    Rule("ERP order (open*)", "keys*", ANY, "the contract matches by another field"),
    Rule("ERP order (open*)", "time_s|changed_s", ANY, "when an order became right is taken from the recorded writes"),
    Rule("ERP order (open*)", "invoices[].time_s", "an hour less|halved|0", "an earlier invoice is not late"),
    Rule("*ERP order (open*)", "invoices[].credited_tax", "filled", "of an invoice of which nothing was taken back"),
    Rule("ERP order (open*)", "invoices[].paid", ANY, "what customers have paid is none of the sync's work"),
    Rule("ERP order (cancelled)", "state", ANY, "an ERP has no such state"),
    Rule(
        "ERP order (cancelled)",
        "(whole)|id|keys*|customer|currency|total|lines*|time_s|changed_s|date|subsidiary|terms|fields*",
        ANY,
        "a cancelled order books nothing, and none at all is as good",
    ),
)
_WORKLOAD = (
    Rule("control", "(whole)", "removed", "the scenario asks for nothing that needs the control", not_expected),
    Rule(
        "event *_deal *",
        ANY,
        ANY,
        "the CRM's ledger says what was sold, not the operation",
    ),
    *(Rule(f"event {kind} *", ANY, ANY, "it is no evidence about a deal") for kind in NO_EVIDENCE.split("|")),
    Rule("event outside *", ANY, ANY, "which other hosts a stack tried is listed, and decides nothing"),
    Rule("event metrics *", "(whole)", "removed", "without rules about metrics, none are read"),
    Rule("event metrics *", "time_s|outcome", ANY, "metrics that were read raise their alerts themselves"),
    Rule("event metrics *", "answered", ANY, "an answer that could be read lacks nothing"),
    Rule("event phase *", ANY, ANY, "a phase has a name for readers; the faults' own times decide"),
    Rule(
        "control ledgers",
        "(whole)",
        "removed",
        "a run need not have them; then the run's own ledgers prove its steady state",
    ),
    Rule("control *", ANY, ANY, "of the control, its ledgers, its alerts and when an order became right are judged"),
    Rule("event load *", ANY, ANY, "a busy machine makes a failure inconclusive and leaves a pass as it is"),
    Rule(
        "event unsupported *",
        ANY,
        ANY,
        "a call that a fake lacks makes a failure inconclusive and leaves a pass as it is",
    ),
)
_EVENTS = (
    Rule(FACTS, "process", ANY, "the kind of an event says what happened, not who reported it"),
    Rule(FACTS, "(whole)", "doubled", "what is recorded twice happened once"),
    Rule(
        "event deliver *", ANY, ANY, "the ledgers decide what arrived; deliveries prove only a fault on their own link"
    ),
    Rule(WRITES, "time_s", "an hour earlier", "an earlier write is not late"),
    Rule(WRITES, ANY, ANY, "the ledgers decide what the ERP holds; writes only say since when, and how often"),
    Rule("event inject (*", ANY, ANY, "the beginning or the end of an injection, each proves it"),
    Rule("event heal (*", ANY, ANY, "the harness heals by itself; a later fix only gives a stack more time"),
    Rule("event hit *", "time_s|outcome|operation", ANY, "a hit proves the effect, whatever was hit"),
    Rule("event hit *", "fault", "changed|in another case", "the number before the dash names the injection"),
    Rule("event hit *", ANY, ANY, "the fault hit something else too", hit_again),
    Rule("event hit *", "order", ANY, "a deal that a fault did not hit has to arrive in time, and this one did"),
    Rule("event stack *", "pid", "one more|one less", "the number of the process means nothing"),
    Rule("event stack (start)", ANY, ANY, "a start proves nothing"),
    Rule(
        "event human *",
        "(whole)|outcome",
        "removed|changed to invoke",
        "without a manual intervention the run is better",
    ),
    Rule("event human *", ANY, ANY, "each manual intervention counts, whatever it was"),
    Rule("event link *", "time_s|outcome|link", ANY, "the injection's number says which fault's traffic it is"),
    Rule("event link *", "open|opened|received|sent", ANY, "some traffic is evidence, more and less are too"),
    Rule("event held *", ANY, ANY, "nothing was held back"),
)
_SIGNALS = (
    Rule(RAISED, "outcome", ANY, "the pager has it"),
    Rule(RAISED, "signal.severity", ANY, "the contract asks for no severity"),
    Rule(
        f"{RAISED}|{ANSWERS}",
        "signal.summary|signal.rule",
        "filled",
        "one incident is a class by itself, however it is called",
    ),
    Rule(RAISED, "raw*", ANY, "what was read in it is judged"),
    Rule(RAISED, "signal.text", ANY, "the text is searched only where the fields are empty"),
    Rule(RAISED, "signal.reason", "emptied", "the text gives the reason"),
    Rule(RAISED, "signal.reason", "changed|in another case", "it still gives the reason"),
    Rule(RAISED, "signal.flow", "emptied", "the deals name the flow"),
    Rule(RAISED, "signal.route*", ANY, "whom it reached, and about which flow, was read from it when it was recorded"),
    Rule(RAISED, "signal.first_seen", "changed", "it has the stack's own format; it must be there"),
    Rule(RAISED, "signal.orders", "one doubled|order reversed", "naming a deal twice names it"),
    Rule(RAISED, "signal.orders", "one removed|all removed", "the payload names the deal too"),
    Rule(RAISED, "signal.context|signal.context[]", "one added", "more than the payload is no harm"),
    Rule("event ticket (trigger)", "signal.kind", "changed to alert", "a page tells more people than a ticket"),
    Rule(ANSWERS, "outcome|raw*", ANY, "the pager has it"),
    Rule(
        ANSWERS,
        "signal.kind|signal.orders*|signal.flow|signal.owner|signal.reason|signal.context*|signal.first_seen"
        "|signal.severity|signal.text|signal.route*",
        ANY,
        "an answer is known by its key, and says nothing more",
    ),
    Rule(
        RAISED,
        "signal.context[][]",
        "changed",
        "the id within it is still the deal's, with more after it, as references are often written",
    ),
    Rule(
        "* as raised", "life", "a storm of 50 under one key", "an update of an open alert or ticket pages nobody again"
    ),
    Rule(
        "ticket as raised",
        "life",
        "acknowledged an hour late|never acknowledged",
        "a ticket pages nobody, so nobody is waited for",
    ),
    Rule(
        "event ticket (acknowledge)",
        "(whole)|signal|signal.action|signal.key|signal.source|time_s",
        ANY,
        "a ticket pages nobody, so nobody is waited for",
    ),
    Rule("ticket as raised", "life", "never resolved", "the person who works on a ticket closes it, not the sync"),
    Rule(
        "event ticket (resolve)",
        "(whole)|signal|signal.action|signal.key|signal.source|time_s",
        ANY,
        "the person who works on a ticket closes it, not the sync; before the repair, that counts as too early",
    ),
    Rule(
        "event ticket (trigger)",
        "signal.key|signal.source",
        ANY,
        "the ticket stays open then, and the person who works on it closes it",
    ),
    Rule("event * (resolve)", "time_s", "an hour later", "how long after the repair an incident closes is not scored"),
    Rule(
        "event alert (resolve)|alert as raised",
        "(whole)|signal|signal.action|signal.key|signal.source|time_s|life",
        "removed|changed to acknowledge|changed|emptied|in another case|an hour earlier|never resolved",
        "these ledgers were read when the alert was resolved; a run with an open alert goes on, and then it is seen",
        read_soon,
    ),
    Rule(f"* as raised|{RAISED}|{ANSWERS}", ANY, ANY, "no deal was affected, so nothing had to be reported", quiet),
    Rule(f"* as raised|{RAISED}", ANY, ANY, "another signal of the run says it", said_again),
)
_DEAD_LETTERS = (
    Rule("dead letter", "dead_letters", "order reversed", "their order means nothing"),
    Rule("dead letter", "dead_letters[].id", "filled", "names mean nothing"),
    Rule("dead letter", "dead_letters[].reason", "changed|in another case", "it still gives the reason"),
    Rule(
        "dead letter",
        "dead_letters[].payload[]",
        "changed",
        "the id within it is still the deal's, with more after it, as references are often written",
    ),
    Rule("dead letter", "dead_letters[].payload", "one added", "more than the payload is no harm"),
    Rule("event dead_letters *", ANY, ANY, "the letters themselves are counted, if they are more"),
)
_CONTRACT = (
    Rule("contract", "version|digest", ANY, "it says which contract this is"),
    Rule("contract", "crm|erp", ANY, "it chooses the vendors before a run, and the ledgers say what they hold"),
    Rule("contract", "revenue_*", ANY, "it says what an outage costs, and decides nothing"),
    Rule("contract", "conditions", "one added", "no write meets the condition that is added"),
    Rule("contract", "retry", "filled", "no document is written twice, so there is no retry to limit"),
    Rule("contract", "name|owner", ANY, "no deal was affected, so nothing had to be reported", quiet),
    Rule("contract", "owner", ANY, "every cause that was alerted about is another owner's", owner_not_asked),
    Rule("contract", "owners*", ANY, "no signal went to another owner than the flow's"),
    Rule("contract", "sla.*", "an hour more|one more", "more time is a laxer contract"),
    Rule("contract", "sla.*_target_s", "halved", "it took less than that"),
    Rule(
        "contract",
        "sla.detect_*|sla.repair_*",
        ANY,
        "nothing was affected, so nothing had to be noticed or repaired",
        quiet,
    ),
    Rule("contract", "sla.detect_*", ANY, "the alert came before the first deal was affected", noticed_first),
    Rule("contract", "sla.*_limit_s", ANY, "it took less than the target"),
    Rule("contract", "sla.latency_s", "halved", "every order came within that, or was late already"),
    Rule("contract", "sla.error_rate", ANY, "the gate compares it, a run does not"),
    Rule("contract", "customer_pattern", ANY, "without a known field in it, the account's id is expected"),
    Rule("contract", "customer_match", "emptied", "without a field, both have the same business key"),
    Rule("contract", "margin", ANY, "nothing was done close to a limit"),
    Rule("case", "rates*", ANY, "a rate weighs money, and decides nothing about a deal"),
    Rule("case", "by_letter", ANY, "these orders write each deal's id as the CRM's ledger does"),
    Rule("case", "accelerated", ANY, "it decides how much host load excuses, and the machine kept up"),
    Rule("case", "pace", ANY, "it sets the least margin, and nothing was done close to a limit"),
    Rule("contract", "rules", "one added", "it is a rule for a field that does not exist"),
    Rule("contract", "rules[]", "removed", "without a rule, the field is compared the same way", same_rules),
    Rule("contract", "rules[].compare", "changed to tolerance|changed to ignored", "it asks for less"),
    Rule("contract", "rules[].amount|rules[].share|rules[].days", "a cent more|one more", "it asks for less"),
    Rule(
        "contract",
        "rules[].amount|rules[].share|rules[].days",
        "a cent less|one less",
        "a tolerance below 0 has no meaning",
    ),
    Rule("contract", "rules[].reason", ANY, "it tells readers why a field is ignored"),
    Rule("contract", "exceptions*|ladder*", ANY, "nothing asks for the path of an error", no_path_asked),
    Rule("contract", "page_limit", "one less", "nobody was paged", quiet),
    Rule("contract", "page_limit", "one more", "it asks for less"),
    Rule("contract", "match", ANY, "the run keeps the key that it was judged by"),
    Rule("contract", "match (of the run)", "emptied", "without a key any reference of the order counts"),
    Rule("contract", "invoiced", "changed to no", "it asks for less"),
    Rule("contract", "tolerance", "a cent more", "it asks for less"),
    Rule("contract", "price_tolerance", ANY, "no price differs from the list"),
    Rule("contract", "pairs", ANY, "fewer pairs ask for less, and one more names a field that no system holds"),
    Rule(
        "contract",
        "pairs[].crm|pairs[].erp|pairs[].part",
        ANY,
        "a field that a system does not hold is listed as not compared; a run with the fakes refuses it at the start",
    ),
    Rule("contract", "pairs[].kind", ANY, "equal texts are one value of every type"),
    Rule("contract", "pairs[].rule*|pairs[].trim|pairs[].ignore_case", ANY, "it asks for less"),
    Rule("contract", "unmapped*", ANY, "it is listed as not compared, and decides nothing"),
    Rule("contract", "tolerance", "a cent less", "a tolerance below 0 has no meaning"),
    Rule("contract", "sla.repair_*", ANY, "the repair never came", never_repaired),
    Rule("contract", "idempotency_key|ordering|crm_fields*|erp_fields*", ANY, "the gate reads it, a run does not"),
    Rule("contract", "correlation|customer_tier", ANY, "two expectations read it, and these stories have neither"),
)
RULES: tuple[Rule, ...] = (*_LEDGERS, *_WORKLOAD, *_EVENTS, *_SIGNALS, *_DEAD_LETTERS, *_CONTRACT)


def rule_for(case: Case, mutation: Mutation) -> Rule | None:
    """The first rule that puts a mutation out of scope; a ledger of the control is judged as one of the run."""
    if mutation.area.startswith(FAULT_FREE):
        changed = mutation
        case = control_of(case)
        mutation = mutation._replace(
            area=mutation.area.removeprefix(FAULT_FREE), apply=lambda: control_of(changed.apply())
        )
    return next(
        (rule for rule in RULES if _covers(rule, mutation) and (rule.when is None or rule.when(case, mutation))), None
    )


def _covers(rule: Rule, mutation: Mutation) -> bool:
    return all(_pattern(pattern).fullmatch(text) for pattern, text in zip(rule[:3], mutation.key, strict=True))


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\|", "|"))
