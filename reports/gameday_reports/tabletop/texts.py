"""What is the same in every table-top exercise."""

from __future__ import annotations

RULES = (
    "Nobody is tested: the plan is. There are no tricks, and no wrong questions.",
    "Say what you would do, whom you would call, where you would look; the facilitator says what you find.",
    "What an inject says is true. What it does not say you have to ask for.",
    "Use your real runbooks, dashboards and contacts; touch no system.",
    "Say when you do not know: that is what we came for.",
)
BEFORE = (
    "Where is the runbook for this flow, and who here has used it?",
    "Who may pause the flow, and how?",
)
LEADING = (
    "Hand the injects out one by one, at their minute; each is a page of its own.",
    "Read it aloud, then wait. Silence is thinking.",
    "When they ask for what the run knows, answer from it; else say: you cannot tell yet.",
    "When they decide, ask: who does it, how long does it take, how do you know that it worked?",
    "When they are stuck for five minutes, ask the next question of the inject.",
    "Never ask why somebody did not see it.",
)
DEBRIEF = (
    "What told us first, and could it have told us earlier?",
    "Which deals would have been lost without a word?",
    "Which step had one person only who could do it?",
    "Three actions: what, who, until when.",
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
    "What was said that nobody had known",
)
#: What is asked at each kind of inject, and what a good table does with it.
ASK = {
    "opening": (
        "How do you know, right now, that every deal of this morning is in the ERP?",
        "Who is on call?",
    ),
    "error": (
        "Is it for ever or for now, and how do you find out?",
        "Do you let the sync go on trying?",
    ),
    "signal": (
        "Who takes it, and what is said to whom?",
        "What is missing in it that you need before you act?",
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
        "How do you know that it is over for you too?",
        "What has to be mended by hand, who says so, who does it?",
        "Whom do you tell?",
    ),
}
EXPECT = {
    "opening": (
        "Names a figure and where it is read, not a feeling.",
        "Names the owner of the flow.",
    ),
    "error": (
        "Looks at the whole answer before it acts.",
        "Asks whether other deals pass.",
        "Does not retry without a key.",
    ),
    "signal": (
        "One person takes it and says so.",
        "Tells the owner of the flow.",
        "Asks how many deals and how much money, not only why.",
    ),
    "sales": (
        "Does not promise what it does not know.",
        "Does not enter it by hand while the sync may still do so.",
    ),
    "finance": (
        "Says what it does not know.",
        "Names a comparison of both ledgers, by currency.",
    ),
    "ending": (
        "Compares both ledgers before it closes the incident.",
        "Has a list of deals, not a count.",
        "Names the next step with an owner and a date.",
    ),
}
