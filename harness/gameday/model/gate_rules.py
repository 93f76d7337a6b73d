"""What the rules of a check before a deploy mean, for boards and readers that know only their ids."""

from __future__ import annotations

import msgspec


class Help(msgspec.Struct, frozen=True):
    """``short`` is one clause, ``full`` one sentence, ``help`` what to do about it."""

    short: str
    full: str
    help: str


#: By area: what a rule of it means, and what to do.
_AREAS = {
    "contract": (
        "A change of the contract that its version does not cover",
        "Raise the version as the rule demands, tell the owners, or revert the change.",
    ),
    "sign-off": (
        "A change of the contract to which an owner has not agreed",
        "Have the owner sign the change off; a sign-off holds for this change only, and expires.",
    ),
    "record": (
        "A recorded record that breaks the candidate contract",
        "Loosen the contract to what really happens, or fix the source before the contract ships.",
    ),
    "records": (
        "What became of the recorded records under the candidate contract",
        "See what the replay does not test; declare a rename with renamedFrom, or record again after the change.",
    ),
    "replay": (
        "A difference in the ERP's ledger after the same deals went through the candidate stack",
        "Fix the stack, or accept the difference in the ignore list, with a reason, an owner and a day.",
    ),
    "write": (
        "An order or invoice that the candidate stack wrote and that breaks the candidate ERP contract",
        "Fix what the stack writes, or agree with the ERP's owner on a contract that takes it.",
    ),
    "boundary": (
        "A record that the CRM's contract allows did not become one correct order",
        "Fix the stack, or narrow the contract to what the CRM really sends.",
    ),
    "smoke": (
        "One known deal did not become one right order in time",
        "Look into the stack's log in the gate's folder; `gameday doctor` looks at each part.",
    ),
    "game-day": (
        "A scenario tagged for the gate does not hold against the candidate stack",
        "Open the postmortem of its run in the gate's folder.",
    ),
    "gate": ("Something about the gate itself", "Renew or remove what the message names."),
}

_RULES = {
    "records.migrated": "Recorded values that a signed change moves or hides",
    "records.not-recorded": "A new required field that no recorded record has",
    "records.uncertain-rename": "A rename that may be another change, so no value moved",
    "records.left-out": "Records that a signed change leaves nothing to check by",
    "records.looks-personal": "A field that the contract keeps in the clear although its values look personal",
    "replay.order-missing": "Orders that the ledger compared with has, or the CRM sold, are not there",
    "replay.order-duplicated": "One deal has more than one open order",
    "replay.order-unexpected": "An order that belongs to no deal",
    "replay.stalled": "The stack stopped writing orders",
    "replay.stack-ended": "The stack's process ended by itself",
    "replay.record-skipped": "A record from which no deal can be made",
    "replay.not-played": "A change of the contract that the fake CRM cannot play",
    "boundary.not-replayed": "Boundary records that the fake ERP cannot have",
    "write.not-enforced": "A part of the ERP contract that the fake ERP cannot enforce",
    "replay.in-neither": "Deals that are in neither of two ledgers",
    "replay.noise": "A field in which the current stack differs from itself",
    "game-day.none-fits": "No scenario tagged for the gate is under the candidate contract",
    "game-day.other-contract": "Scenarios tagged for the gate that are under another contract",
    "gate.ignored": "A difference that the ignore list covers",
    "gate.ignore-expired": "An entry of the ignore list whose day has passed",
    "gate.small-sample": "A recording too small to show rare trouble",
}


def help_of(rule: str) -> Help:
    """What a rule means: by its id, else by its area and its words."""
    area, _, what = rule.partition(".")
    about, advice = _AREAS.get(area, ("A finding of a check before a deploy", "Read the message."))
    return Help(_RULES.get(rule) or f"{about}: {what.replace('-', ' ')}", f"{about}.", advice)
