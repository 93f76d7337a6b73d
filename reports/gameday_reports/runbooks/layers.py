"""What failure modes of a layer have in common: how they show, where to look, what stops the harm, what heals them."""

from __future__ import annotations

import msgspec

from gameday.model.fault import Layer


class LayerWords(msgspec.Struct, frozen=True):
    """The texts of a runbook that depend on the layer; those named ``ask`` are for the team to answer."""

    what: str
    signs: tuple[str, ...]
    find_out: tuple[str, ...]
    mitigate: tuple[str, ...]
    heals: str
    ask_signs: str
    ask_find_out: str
    ask_mitigate: str
    ask_heals: str


LAYERS: dict[Layer, LayerWords] = {
    "network": LayerWords(
        what="The connection is the trouble: slow, cut, or silent. Both systems are well.",
        signs=(
            "Time-outs and resets from several operations at once, with no error of the vendor's own.",
            "The backlog grows evenly; every kind of deal is struck.",
        ),
        find_out=(
            "Which side: does a plain request from the same host reach the vendor?",
            "Since when, and what changed then: firewall, proxy, certificate, DNS, vendor's status page.",
            "Which requests may have been carried out without an answer? Those are unknown, not failed.",
        ),
        mitigate=(
            "Lower the rate of retries before the vendor limits it.",
            "Let the queue hold the deals; do not drop what has no answer.",
            "Look every unknown order up by its key before it is written again.",
        ),
        heals="In the harness, taking the toxic away or enabling the proxy. In the world: route, proxy or vendor.",
        ask_signs="Which graph shows this first, and what does a normal day look like on it?",
        ask_find_out="From which host do you test, and who owns the network between the two systems?",
        ask_mitigate="Where are time-outs and retries configured, and who may change them during the day?",
        ask_heals="Whom do you call for the network, and whom at the vendor?",
    ),
    "http": LayerWords(
        what="The vendor answers, and refuses: a limit, a lock, a period, an error of its own.",
        signs=(
            "The same status and error again and again, for some deals or for all.",
            "The requests arrive: the vendor's own log has them.",
        ),
        find_out=(
            "Read the error's body, not only its status; is it for ever (the data) or for now (the moment)?",
            "Does it strike one record, one kind of record, one account, or all?",
            "Was anything committed although the answer was an error? Look by the order's key.",
        ),
        mitigate=(
            "For now: wait as long as the vendor asks, with fewer requests at once.",
            "For ever: park the deal with its payload and the reason, and let the others pass.",
            "Do not write again without the key that makes it the same order.",
        ),
        heals="In the harness, deleting the rule at the fake. In the world: time, or whoever owns limit or lock.",
        ask_signs="Which of the vendor's errors have you seen, and which of them pass by themselves?",
        ask_find_out="Where is the vendor's log, and who has the rights to read it?",
        ask_mitigate="How is the number of simultaneous requests turned down?",
        ask_heals="Who owns limits, periods and locks on the vendor's side?",
    ),
    "state": LayerWords(
        what="Somebody changed what a system holds or shows: a field, a right, a token, a price. Nothing is broken.",
        signs=(
            "It begins at one moment, for all deals after it, and every request before that was well.",
            "Answers are 200 and lack something, or the refusal names a field, a right or a login.",
        ),
        find_out=(
            "Who changed what in the last hours: the audit trail of both systems.",
            "Compare the contract with what the system describes of itself now.",
            "Which deals were written since then with less than they should hold? They look right.",
        ),
        mitigate=(
            "Park what cannot be read or written whole; an order with a hole is worse than a late one.",
            "Ask for the change to be taken back before you adapt the sync to it.",
            "Check the orders of the time in between by content, not by count.",
        ),
        heals="In the harness, restoring it at the fake. In the world: the admin who changed field, right or price.",
        ask_signs="Which changes are announced to you, and which are not?",
        ask_find_out="Where is the audit trail, and who may read it?",
        ask_mitigate="Who may take back an admin's change on a Friday evening?",
        ask_heals="Who gives new credentials and rights, and how long does that take?",
    ),
    "delivery": LayerWords(
        what="What the CRM tells does not arrive as it was told: twice, late, in another order, or never.",
        signs=(
            "No error anywhere. Deals are missing, doubled or old in the ERP.",
            "The CRM's count of messages and the sync's count differ.",
        ),
        find_out=(
            "Compare the deals won in the CRM with the orders in the ERP for the last hours, by id.",
            "Is the subscription there, is it switched on, and where does it deliver to?",
            "Does the order hold the newest version of the deal?",
        ),
        mitigate=(
            "Read from the CRM what was won since the last message that surely arrived.",
            "Take a message twice as one; take an older one as nothing.",
            "Pause what bills until the orders are known to be the newest.",
        ),
        heals="In the harness, restoring the delivery at the fake. In the world: the subscription or the queue.",
        ask_signs="What counts the messages on both sides, and who looks at the difference?",
        ask_find_out="Which query lists the deals won in the last hours, and who may run it?",
        ask_mitigate="How is a time span read again from the CRM?",
        ask_heals="Who owns the subscription in the CRM?",
    ),
    "process": LayerWords(
        what="The sync itself is the trouble: it died, hangs, or begins again and again.",
        signs=(
            "Its health check fails, or answers while nothing moves.",
            "The backlog grows from one moment on; no request reaches the vendors.",
        ),
        find_out=(
            "When did it last write, and what did it have in hand then?",
            "Was it killed (memory, deploy, host) or does it wait for something?",
            "What did it take from the CRM and not yet write down?",
        ),
        mitigate=(
            "Start it once; if it dies again, stop and find the deal that kills it.",
            "Let one worker run, not two: what is in hand twice is written twice.",
            "Park the deal that kills it, with its payload.",
        ),
        heals="In the harness, starting the process again or letting it go on. In the world: the supervisor, or you.",
        ask_signs="What tells you that it lives and does nothing?",
        ask_find_out="Where are its log and its state, and how long are they kept?",
        ask_mitigate="What command starts it, on which host, and who may do that?",
        ask_heals="Who is called when it does not come up?",
    ),
}

#: Failure modes of which half is carried out: they look like none of their layer.
_HALF = LayerWords(
    what="Half of a request is carried out and the rest is not, and the answer does not say so plainly.",
    signs=(
        "The answer is 200 with errors inside, or an error for what was committed all the same.",
        "Orders without lines, batches with holes: the count is right and the content is not.",
    ),
    find_out=(
        "Which parts of which requests were refused: read the body of the answer, part by part.",
        "What is committed in the ERP for each of them? Look by the order's key.",
        "Is it always the same part, or another one each time?",
    ),
    mitigate=(
        "Send again only what was not carried out, under the same key.",
        "Send smaller batches until it is known which part fails.",
        "Park what is half there, so that nothing is delivered or billed from it.",
    ),
    heals="In the harness, deleting the rule at the fake. In the world: the vendor, or the record's owner.",
    ask_signs="Which answers of the vendor may be 200 and hold errors?",
    ask_find_out="Where are the answers kept, and for how long?",
    ask_mitigate="How is the size of a batch turned down, and how is a half-written order parked?",
    ask_heals="Whom do you ask at the vendor, and what do they want to see?",
)
_OF_THEIR_OWN = {"partly failed batch": _HALF, "half-written order": _HALF}


def words_of(fault: str, layer: Layer) -> LayerWords:
    """The texts for a failure mode: its own, else those of its layer."""
    return _OF_THEIR_OWN.get(fault, LAYERS[layer])
