"""What the words mean."""

from __future__ import annotations

GLOSSARY = (
    (
        "Scenario time",
        "Time on the run's own clock, from its start; minutes and seconds here are in it. "
        "The pace says how many of its seconds passed in a real one.",
    ),
    (
        "Deal, order",
        "A deal is won in the CRM; an order is what it becomes in the ERP: exactly one, "
        "with exactly one invoice where the contract asks for it.",
    ),
    ("Harmed", "Did not end right and in time: late, accounted, duplicated, mismatched or lost."),
    ("Accounted", "Not right in the books, but parked with payload and reason: dead letter, alert or ticket."),
    ("Flagged", "An alert or a ticket named the deal."),
    ("Silent", "Lost, duplicated or mismatched, and neither alert nor ticket named the deal."),
    (
        "Money at risk",
        "Amount times minutes late, summed over the harmed deals of a currency. Currencies are never added up.",
    ),
    ("TTD, time to detect", "From the first harm (t1) to the first alert naming the flow (t2); also from t0."),
    ("TTA, time to acknowledge", "From that alert (t2) to the first answer to it (t3)."),
    ("TTM, time to mitigate", "From the first harm (t1) until new deals flow again (t4)."),
    ("TTR, time to repair", "From the first harm (t1) until the books are right (t5)."),
    (
        "MTTR",
        "Not used here: it stands for the mean time to repair, to recover, to respond and to resolve, "
        "and a mean of few trials says nothing.",
    ),
    ("Valid, invalid, unknown", "It held; it did not; it cannot be said. The worst wins; unknown is never a pass."),
    ("Absorbed", "The fault struck and no deal was harmed. There was nothing to detect, so detection is not scored."),
    ("Hands", "Acts by hand and open dead letters, for each 1,000 deals."),
    ("Collateral", "Deals that were harmed though no fault touched them."),
)
