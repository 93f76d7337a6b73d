"""The glossary of the postmortem."""

from __future__ import annotations

GLOSSARY = (
    (
        "Scenario time",
        "Time on the run's own clock, counted from its start; minutes and seconds on this page are scenario time. "
        "The pace is the number of scenario seconds in a real second.",
    ),
    (
        "Deal, order",
        "A deal is won in the CRM and must become exactly one order in the ERP, "
        "with exactly one invoice if the contract asks for it.",
    ),
    ("Affected", "Ended late or wrong: late, parked, duplicated, mismatched or lost."),
    ("Parked", "Not in the ERP as it should be, but kept with payload and reason in a dead letter, alert or ticket."),
    ("Reported", "An alert or a ticket named the deal."),
    ("Unreported", "Lost, duplicated or mismatched, and no alert or ticket named the deal."),
    ("Orphan order", "An order in the ERP without a deal in the CRM."),
    (
        "Not booked",
        "What won deals come to beyond their open orders and open invoices when the ledgers were read.",
    ),
    ("Booked late", "The amounts of the deals that became right, but later than the contract allows."),
    ("Over-invoiced", "What open invoices come to beyond their deals: the excess only."),
    (
        "Reporting currency",
        "The currency in which money of several currencies is added up, at the rates of the registry of flows for "
        "the run's day. Where a rate is missing, no sum is shown.",
    ),
    (
        "TTD, time to detect",
        "From the first affected deal (t1) to the first alert that names the flow (t2); also from t0.",
    ),
    ("TTA, time to acknowledge", "From that alert (t2) until somebody acknowledged it (t3)."),
    ("TTM, time to mitigate", "From the first affected deal (t1) until new deals flow again (t4)."),
    ("TTC, time to catch up", "From the healing of the last fault (th) until the ledgers are reconciled (t5)."),
    (
        "TTR, time to repair",
        "From the first affected deal (t1) until the ledgers are reconciled (t5). Shown only where the stack or a "
        "person repaired them: where they agree because the scenario healed the fault, it would measure the script.",
    ),
    (
        "MTTR",
        "Not used here: it stands for the mean time to repair, to recover, to respond and to resolve, "
        "and a mean of few runs is not meaningful.",
    ),
    (
        "Passed, failed, inconclusive",
        "The expectation held; it did not hold; the run cannot show which. The worst verdict is the run's result; "
        "inconclusive never counts as passed.",
    ),
    (
        "No impact",
        "The fault took effect and no deal was affected. There was nothing to detect, so detection is not scored.",
    ),
    (
        "Manual interventions",
        "What people did by hand, open dead letters and deals left to repair, each deal once, for each 1,000 deals.",
    ),
    ("Collateral", "Deals that were affected although no fault touched them."),
)
