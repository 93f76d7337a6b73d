"""The texts that every tabletop exercise shares."""

from __future__ import annotations

RULES = (
    "This exercise tests the plan, not the people. There are no tricks and no wrong questions.",
    "Say what you would do, whom you would call and where you would look; the facilitator says what you find.",
    "What an inject says is true. Ask for what it does not say.",
    "Use your real runbooks, dashboards and contacts; do not touch any system.",
    "Say so when you do not know: that is what the exercise is for.",
)
BEFORE = (
    "Where is the runbook for this flow, and who here has used it?",
    "Who may pause the flow, and how?",
)
LEADING = (
    "Hand out the injects one by one, at their minute; each is a page by itself.",
    "Read it aloud, then wait. Give people time to think.",
    "If they ask for something that the run shows, answer from the run; else say that they cannot tell yet.",
    "When they decide, ask: who does it, how long does it take, how do you know that it worked?",
    "If they are stuck for five minutes, ask the next question of the inject.",
    "Never ask why somebody did not notice.",
)
DEBRIEF = (
    "What alerted us first, and could we have known earlier?",
    "Which deals would have been lost without an alert?",
    "Which step could only one person do?",
    "Three actions: what, who, by when.",
)
#: The ratings of the Homeland Security Exercise and Evaluation Program (HSEEP, 2020, section 5, "Evaluation").
RATINGS = (
    "P: performed without challenges",
    "S: performed with some challenges",
    "M: performed with major challenges",
    "U: unable to be performed",
)
NOTES = (
    "What helped",
    "What was missing: information, access, a person, a decision",
    "What the team learned during the exercise",
)
#: The questions at each kind of inject, and what a good response includes.
ASK = {
    "opening": (
        "How do you know, right now, that every deal of this morning is in the ERP?",
        "Who is on call?",
    ),
    "error": (
        "Is it permanent or temporary, and how do you find out?",
        "Do you let the sync keep retrying?",
    ),
    "signal": (
        "Who takes it, and whom do they inform?",
        "Which information is missing before you can act?",
        "Do you page anybody else?",
    ),
    "sales": (
        "What do you answer, and when will you call back?",
        "Do you enter the order by hand?",
    ),
    "finance": (
        "What do you know, what do you not know, and who decides?",
        "How would you compare both systems?",
    ),
    "ending": (
        "How do you know that it is over for your flow too?",
        "What has to be repaired by hand, who decides that, who does it?",
        "Whom do you inform?",
    ),
}
EXPECT = {
    "opening": (
        "Names a figure and where to read it, not a feeling.",
        "Names the owner of the flow.",
    ),
    "error": (
        "Reads the whole reply before acting.",
        "Asks whether other deals pass.",
        "Does not retry without an idempotency key.",
    ),
    "signal": (
        "One person takes it and says so.",
        "Informs the owner of the flow.",
        "Asks how many deals and how much money, not only why.",
    ),
    "sales": (
        "Promises only what is known.",
        "Does not enter the order by hand while the sync may still write it.",
    ),
    "finance": (
        "Admits what is not known.",
        "Proposes to compare both ledgers, by currency.",
    ),
    "ending": (
        "Compares both ledgers before closing the incident.",
        "Has a list of deals, not a count.",
        "Names the next step with an owner and a date.",
    ),
}
