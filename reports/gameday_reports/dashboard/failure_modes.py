"""The known failure modes of CRM-to-ERP syncs and the faults that exercise them; coverage is defined only here.

A run exercises a mode if it has one of the faults or changes of deals named here, if people do in it what is named
here, or if its feature has the tag ``mode:NUMBER``, with which your own scenarios claim a mode.
"""

from __future__ import annotations

from typing import NamedTuple

from gameday.base.errors import unknown
from gameday.model.scenario import MODE_TAG, Scenario
from gameday.model.workload import operation_key

_TAG = f"{MODE_TAG}:"


class FailureMode(NamedTuple):
    """One way to fail. ``rank`` is frequency times money at risk, 1 to 9.

    ``faults`` are those that exercise it, ``changes`` the operations on won deals that do, ``by_people`` what people in
    a system carry out. ``bug`` is a planted bug of ``durable`` that a bundled feature about it catches; without one,
    ``why`` says in a clause why there is none.
    """

    number: int
    name: str
    layer: str
    rank: int
    faults: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    by_people: tuple[str, ...] = ()
    bug: str = ""
    why: str = ""


FAILURE_MODES = (
    FailureMode(
        1,
        "Commit, then the reply is lost; a retry duplicates",
        "delivery",
        9,
        ("reply lost after commit",),
        bug="no-idempotency-key",
    ),
    FailureMode(
        2,
        "Cursor skips rows with equal or late timestamps",
        "store",
        9,
        changes=("exempted by formula",),
        bug="one-deal-a-second",
    ),
    FailureMode(3, "Checkpoint moves past a failed batch", "store", 9, bug="checkpoint-past-failure"),
    FailureMode(
        4,
        "Error inside a 200, or a partly failed batch",
        "delivery",
        9,
        ("partly failed batch",),
        bug="swallows-partial-batch-errors",
    ),
    FailureMode(
        5,
        "Accounting period closed",
        "ERP rule",
        9,
        ("closed period",),
        by_people=("close period", "open period"),
        bug="forgets-invoice-after-failure",
    ),
    FailureMode(
        6,
        "Inactive customer or item, subsidiary mismatch",
        "ERP rule",
        9,
        ("inactive reference",),
        bug="no-dead-letter-queue",
    ),
    FailureMode(7, "Find-or-create race", "delivery", 9, bug="no-lock-for-a-deal"),
    FailureMode(
        8,
        "Field deleted, renamed, hidden or of another type",
        "schema",
        9,
        (
            "renamed field",
            "hidden field",
            "changed type",
        ),
        bug="stale-schema",
    ),
    FailureMode(
        9, "New picklist value without a mapping", "schema", 9, ("new picklist value",), bug="won-by-stage-name"
    ),
    FailureMode(
        10,
        "Deal amended or voided after the order was created",
        "process",
        9,
        changes=("amended", "voided"),
        by_people=("void deal", "delete deal", "restore deal"),
        bug="ignores-amendments",
    ),
    FailureMode(11, "Webhook sender gives up", "delivery", 6, ("dropped delivery",), bug="reconciles-known-deals"),
    FailureMode(12, "Out-of-order delivery", "delivery", 6, ("reordered delivery",), bug="ignores-out-of-order"),
    FailureMode(13, "Duplicate delivery", "delivery", 6, ("duplicate delivery",), bug="key-per-event"),
    FailureMode(
        14, "Subscription deleted by the vendor", "delivery", 6, ("deleted subscription",), bug="no-reconciler"
    ),
    FailureMode(
        15,
        "Replay window passed; gap or overflow event",
        "store",
        6,
        ("gap events",),
        why="both bundled stacks get outbound messages, which have no gaps",
    ),
    FailureMode(
        16,
        "Token revoked or rotated; permission lost",
        "auth",
        6,
        (
            "revoked token",
            "revoked permission",
            "expired session",
            "csrf expiry",
        ),
        bug="no-token-renewal",
    ),
    FailureMode(17, "Concurrency or rate limit", "rate", 6, ("rate limit", "concurrency limit"), bug="unbounded-retry"),
    FailureMode(18, "Search index lags behind writes", "time", 6, ("late rows",), bug="one-deal-a-second"),
    FailureMode(19, "Time zone or date format loses a window", "time", 6, bug="cursor-in-local-time"),
    FailureMode(20, "Date off by one lands in the wrong period", "time", 6, bug="day-before"),
    FailureMode(21, "Wrong default period", "ERP rule", 6, bug="invoice-dated-today"),
    FailureMode(22, "Cents: rounding, tax, currency decimals", "data", 6, bug="discount-after-tax"),
    FailureMode(23, "Tax engine down becomes zero tax", "ERP rule", 6, ("tax engine down",), bug="compares-net-totals"),
    FailureMode(
        24,
        "Row, document or workflow lock",
        "ERP rule",
        6,
        ("record lock", "held record", "document lock"),
        bug="drops-after-n-tries",
    ),
    FailureMode(
        25,
        "CRM merge changes the id",
        "data",
        6,
        ("merged accounts",),
        changes=("merged", "merged with a duplicate"),
        by_people=("merge accounts", "merge duplicate"),
        bug="keeps-former-customer",
    ),
    FailureMode(
        26,
        "Credit block",
        "ERP rule",
        6,
        ("credit hold", "credit block", "order hold", "legal hold"),
        by_people=("hold order", "release order", "release credit"),
        bug="waits-for-credit",
    ),
    FailureMode(27, "Too long, bad character", "data", 6, bug="name-breaks-query"),
    FailureMode(28, "Poison record blocks its partition", "delivery", 6, bug="full-page-stops-all"),
    FailureMode(29, "Acknowledged before processed", "process", 6, ("killed worker",), bug="acks-before-writing"),
    FailureMode(30, "Dead letters expire", "store", 6, bug="dead-letters-expire"),
    FailureMode(31, "Paging shift while scanning", "store", 6, bug="pages-by-number"),
    FailureMode(32, "Resync shrinks the data", "store", 6, ("missing rows",), bug="cancels-what-is-missing"),
    FailureMode(33, "Only the latest state is delivered", "delivery", 4, bug="checks-off-the-latest"),
    FailureMode(34, "An auth error hides another cause", "auth", 4, bug="login-error-is-final"),
    FailureMode(35, "429 in the middle of paging, never advances", "rate", 4, bug="reconciles-known-deals"),
    FailureMode(36, "Result cap, or loop on one timestamp", "rate", 4, bug="reconciles-one-page"),
    FailureMode(37, "Edit conflict", "ERP rule", 4, ("edit conflict",), bug="drops-conflicts"),
    FailureMode(
        38,
        "Retry storm on recovery",
        "network",
        4,
        (
            "connection down",
            "server errors",
        ),
        bug="gives-up-after-five-minutes",
    ),
    FailureMode(39, "Echo loop between systems", "process", 4, bug="imports-its-own-echo"),
    FailureMode(40, "Two active subscribers", "process", 4, bug="no-lock-for-a-deal"),
    FailureMode(41, "Certificate expired; redirect", "network", 4, ("moved address",), bug="redirect-is-success"),
    FailureMode(42, "Old API version omits columns", "schema", 4, ("old API version",), bug="dates-without-date-today"),
    FailureMode(43, "Wrong environment or realm", "auth", 3, ("wrong environment",), bug="any-organization"),
    FailureMode(44, "Blank not propagated", "data", 2, changes=("exempted",), bug="leaves-out-blanks"),
    FailureMode(45, "Clock skew breaks signatures", "time", 2, ("clock skew",), bug="login-error-is-final"),
    FailureMode(46, "API version retired", "schema", 2, ("retired API version",), bug="gone-means-deleted"),
    FailureMode(
        47,
        "Pricebook drift: CRM price outside the ERP's tolerance",
        "ERP rule",
        9,
        ("price drift",),
        changes=("repriced",),
        by_people=("reprice",),
        bug="lets-erp-reprice",
    ),
    FailureMode(
        48,
        "Latency spike and backlog",
        "network",
        6,
        (
            "slow replies",
            "slow connection",
            "narrow bandwidth",
            "paused worker",
        ),
        bug="timeout-is-success",
    ),
    FailureMode(
        49,
        "Partial processing: header written, lines not",
        "process",
        9,
        ("half-written order",),
        bug="accepts-half-written-orders",
    ),
    FailureMode(
        50,
        "Half-open connection, reset during the body, truncated reply",
        "network",
        4,
        (
            "connection reset",
            "stalled connection",
            "limited data",
            "slow close",
            "truncated reply",
        ),
        bug="empty-for-unreadable",
    ),
)
_BY_FAULT = {fault: mode.number for mode in FAILURE_MODES for fault in mode.faults}
_BY_NUMBER = {mode.number: mode for mode in FAILURE_MODES}


def mode_of(number: int) -> FailureMode:
    """The failure mode of that number. Raises GamedayError."""
    if number not in _BY_NUMBER:
        raise unknown("failure mode", str(number), map(str, _BY_NUMBER))
    return _BY_NUMBER[number]


def modes_of(scenario: Scenario) -> frozenset[int]:
    """The numbers of the failure modes that a scenario exercises.

    >>> from gameday.model.scenario import Flow, Injection
    >>> modes_of(Scenario("a", Flow("crm", "erp", "c"), injections=(Injection(1, "hidden field", "crm"),)))
    frozenset({8})
    """
    numbers = {_BY_FAULT[i.fault] for i in scenario.injections if i.fault in _BY_FAULT}
    # A feature gives numbers as texts.
    asked = {name for name, part in scenario.workload.params.items() if str(part) not in ("0", "0.0")}
    numbers |= {mode.number for mode in FAILURE_MODES if asked & set(map(operation_key, mode.changes))}
    acts = {planned.operation.replace("_", " ") for planned in scenario.by_people}
    numbers |= {mode.number for mode in FAILURE_MODES if acts & {*mode.by_people}}
    claimed = (tag.removeprefix(_TAG) for tag in scenario.tags if tag.startswith(_TAG))
    numbers.update(
        int(number) for number in claimed if len(number) < 9 and number.isdecimal() and int(number) in _BY_NUMBER
    )
    return frozenset(numbers)
