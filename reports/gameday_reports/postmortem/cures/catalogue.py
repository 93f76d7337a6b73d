"""The cures that integration teams know, each with what it prevents, how to build it, and what its runbook needs.

Sources: Gregor Hohpe, Bobby Woolf, *Enterprise Integration Patterns* (dead letter channel, idempotent receiver);
Michael Nygard, *Release It!* (timeouts, back pressure); Google, *Site Reliability Engineering*, chapter "Handling
Overload" (retries with a budget and jitter); Salesforce, "Change Data Capture Developer Guide" (replay of events).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Cure(NamedTuple):
    """A cure. ``what`` is the action in one sentence, ``steps`` how to do it; ``runbook`` is what the runbook gains.

    ``kind``: prevent, detect or mitigate.
    """

    name: str
    kind: str
    what: str
    steps: tuple[str, ...]
    runbook: str


CURES: Mapping[str, Cure] = {
    "schema": Cure(
        "schema versioning with preflight",
        "prevent",
        "Version the contract of {field}, and check before each deploy and each start that the field can be read.",
        (
            "Give each change of a field a new version of the contract, and let the gate compare both before a deploy.",
            "At each start, and after each refusal that names a field, read the system's metadata and compare it.",
            "Hold the flow and alert the owner if a required field is missing; never use a default in its place.",
        ),
        "how to see which fields the integration user can read, who gives access back, and how to hold the flow",
    ),
    "price": Cure(
        "price check with an approval route",
        "prevent",
        "Compare prices with the ERP's list before writing, and send what is outside of the tolerance for approval.",
        (
            "Read the price list with the deal, and compare each line before the order is written.",
            "Park a deal outside of the tolerance with both prices, and ask finance for approval.",
            "Write it once it is approved, at the approved price; release it by its id.",
        ),
        "who approves a price outside of the tolerance, within which time, and how the deal is released then",
    ),
    "idempotency": Cure(
        "idempotency key, or find before create",
        "prevent",
        "Write orders and invoices{key}, or look them up before creating them.",
        (
            "Write under the key with an upsert, so that a write can be repeated.",
            "After a write without a reply, look the order up by its key before writing again.",
            "Let one worker at a time write one deal.",
        ),
        "how to find all orders of one deal, which of two is cancelled, and who credits its invoice",
    ),
    "dead-letter": Cure(
        "dead-letter queue with replay",
        "prevent",
        "Acknowledge an event only once it is stored, and keep what cannot be written where it can be replayed.",
        (
            "Store each message before it is acknowledged.",
            "After the last retry, keep payload, reason and time of the first failure in a dead-letter queue.",
            "Replay by deal, in the order of the changes, once the cause is gone.",
        ),
        "where the dead letters are, which command replays one deal, and who decides that the cause is gone",
    ),
    "overlap": Cure(
        "overlap window and reconciler",
        "prevent",
        "Read changes again over an overlap window after each gap, and reconcile both ledgers on a schedule.",
        (
            "Remember the time of the last change that was handled, and read from well before it after each gap.",
            "Write what was read twice under the same key, so that it changes nothing.",
            "Compare both ledgers by id, amount and date on a schedule, and repair what is missing.",
        ),
        "how to tell that no messages come, how to read a span of time again, and how long the CRM keeps its changes",
    ),
    "backpressure": Cure(
        "backpressure",
        "prevent",
        "Slow down when a system refuses what will pass later: backoff with jitter, few retries, few requests at once.",
        (
            "Treat 429, 503, locks and time-outs as temporary: wait, with backoff and jitter, and honour Retry-After.",
            "Bound the requests under way and the retries of each deal; after the last one park the deal.",
            "Let other deals pass meanwhile, and drain the backlog slower than the limit.",
        ),
        "the system's limits, how to lower the sync's rate, and how to see that the backlog drains",
    ),
    "access": Cure(
        "credentials and rights with preflight",
        "prevent",
        "Check credentials and rights at each start, renew tokens before they end, and alert on the first refusal.",
        (
            "At each start make one read and one check of the rights that every write needs.",
            "Renew tokens before they end, and log in again once after a 401.",
            "Stop retrying on 401 and 403, park the deals and alert the owner of the access at once.",
        ),
        "whom to ask for a new credential or a right, within which time, and how to start the flow again",
    ),
    "ordering": Cure(
        "version check before writing",
        "prevent",
        "Read the deal again before writing it, and refuse a version that is older than the one in the ERP.",
        (
            "Compare the time of the last change in the message with that in the CRM, and write the newest.",
            "Let one worker at a time write one deal.",
        ),
        "how to find deals whose order is older than their last change",
    ),
    "validation": Cure(
        "validation against the contract",
        "prevent",
        "Validate an order against the contract, and read the deal again before writing it.",
        (
            "Check each order before it is written: required fields, currency, customer, lines and their sums.",
            "Read the deal again before the write, so that its newest version is checked.",
            "Park what does not pass, with the field and what was expected of it.",
        ),
        "how to see which field of a parked deal did not pass, and how to release the deal once it is corrected",
    ),
    "parts": Cure(
        "check of every part of a reply",
        "prevent",
        "Read the result of each part of a write, and repeat only the parts that were refused.",
        (
            "Read the reply part by part, whatever its status.",
            "Repeat only what was not carried out, under the same key; read back a write with a doubtful reply.",
        ),
        "which replies may be 200 and contain errors, and how to find orders without all of their lines",
    ),
    "inventory": Cure(
        "inventory of addresses and versions",
        "prevent",
        "Keep a list of the addresses and API versions that the sync uses, and check each of them on a schedule.",
        (
            "Keep every address and API version in the configuration, with the date on which the vendor ends it.",
            "Call each of them once a day, and alert the owner at the first redirect, 410 or notice of retirement.",
            "Treat a redirect of a write as a refusal: park the deal, and write it to the new address once.",
        ),
        "where the addresses and versions are configured, and how to follow the vendor's announcements",
    ),
    "reconciler": Cure(
        "reconciler that alerts",
        "detect",
        "Reconcile both ledgers by id, amount and date on a schedule, and alert on every difference.",
        (
            "Compare won deals with orders and invoices more often than the contract's limit for detection.",
            "Open one ticket with every deal that differs; close it when both ledgers agree.",
        ),
        "where the last reconciliation is, and what to do about each kind of difference",
    ),
    "alert": Cure(
        "alert with owner, deals and reason",
        "detect",
        "Alert the owner of the flow with the deals and the reason.",
        (
            "Alert when deals are refused or overdue, within the contract's target, to the owner of the cause.",
            "Name each deal by id with its payload, the reason in the vendor's words, and the first occurrence.",
            "Send one alert for one cause, update it, and resolve it when its deals are correct.",
        ),
        "which alert means this failure, to whom it goes, and what it contains",
    ),
    "repair": Cure(
        "rehearsed repair",
        "mitigate",
        "Repair what is wrong deal by deal, and automate what people did by hand.",
        (
            "Repair from the repair list, and try it in a sandbox first.",
            "Turn each step that people did by hand into a command, and measure the time again.",
        ),
        "the commands of the repair in their order, how to check the result, and who may run them",
    ),
}

#: Which cure answers which cause, by the causes' names in ``gameday.analysis.cause_list``.
BY_CAUSE: Mapping[str, str] = {
    "lock": "backpressure",
    "rate limit": "backpressure",
    "outage": "backpressure",
    "connection": "backpressure",
    "slow": "backpressure",
    "permission": "access",
    "login": "access",
    "reply lost": "idempotency",
    "duplicate": "idempotency",
    "backlog": "dead-letter",
    "reference": "dead-letter",
    "period": "dead-letter",
    "missing": "overlap",
    "schema": "schema",
    "price": "price",
    "batch": "parts",
    "half-written": "parts",
    "stale": "ordering",
    "conflict": "ordering",
    "clock": "access",
    "moved address": "inventory",
    "retired": "inventory",
    "credit": "dead-letter",
    "hold": "dead-letter",
    "legal hold": "dead-letter",
    "tax": "validation",
    "mismatch": "validation",
}

#: The cure behind each drafted action, by its id; an action that is named like a cure has that one.
OF_ACTION: Mapping[str, str] = {
    "lost": "dead-letter",
    "duplicated": "idempotency",
    "mismatched": "validation",
    "collateral": "backpressure",
    "orphans": "idempotency",
    "strays": "idempotency",
    "retries": "backpressure",
    "unreported": "reconciler",
    "no-alert": "alert",
    "late-alert": "alert",
    "closed-early": "alert",
    "never-closed": "alert",
    "storm": "alert",
    "unnamed": "alert",
    "owner": "alert",
    "context": "alert",
    "false-alarms": "alert",
    "repair": "repair",
    "dead-letters": "dead-letter",
    "by-hand": "repair",
    "slow-repair": "backpressure",
    "late": "backpressure",
}


def cure_of(action: str) -> Cure | None:
    """The cure behind an action, by the action's id; None for one that people added."""
    return CURES.get(OF_ACTION.get(action, action))
