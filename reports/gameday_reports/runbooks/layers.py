"""What failure modes of a layer have in common: symptoms, diagnosis, mitigation and fix."""

from __future__ import annotations

from gameday.model.fault import LayerWords, layers

LAYERS: dict[str, LayerWords] = {
    "network": LayerWords(
        what="The connection is slow, broken or stalled. Both systems are healthy.",
        signs=(
            "Timeouts and resets in several operations at once, without an error from the vendor.",
            "The backlog grows steadily; deals of every kind are affected.",
        ),
        diagnosis=(
            "Which side: does a plain request from the same host reach the vendor?",
            "When did it begin, and what changed then: firewall, proxy, certificate, DNS, the vendor's status page?",
            "Which requests may have been carried out without a reply? Their outcome is indeterminate, not failed.",
        ),
        mitigation=(
            "Reduce the rate of retries before the vendor limits it.",
            "Let the queue hold the deals; do not drop requests that got no reply.",
            "Look up every indeterminate order by its key before you write it again.",
        ),
        fix="In the harness: remove the toxic or enable the proxy. In production: the route, the proxy or the vendor.",
        ask_signs="Which graph shows this first, and what does it look like on a normal day?",
        ask_diagnosis="From which host do you test, and who owns the network between the two systems?",
        ask_mitigation="Where are timeouts and retries configured, and who may change them during the day?",
        ask_fix="Whom do you call about the network, and whom at the vendor?",
    ),
    "http": LayerWords(
        what="The vendor replies with a refusal: a limit, a lock, a closed period or a server error.",
        signs=(
            "The same status and error again and again, for some deals or for all of them.",
            "The requests arrive: they are in the vendor's log.",
        ),
        diagnosis=(
            "Read the error's body, not only its status: is it permanent (the data) or temporary (the moment)?",
            "Does it affect one record, one kind of record, one account, or everything?",
            "Was anything committed although the reply was an error? Look it up by the order's key.",
        ),
        mitigation=(
            "Temporary: wait as long as the vendor asks, and send fewer requests at once.",
            "Permanent: park the deal with its payload and the reason, and let the others pass.",
            "Do not write again without an idempotency key.",
        ),
        fix="In the harness: delete the rule at the fake. In production: time, or the owner of the limit or lock.",
        ask_signs="Which of the vendor's errors have you seen, and which of them go away by themselves?",
        ask_diagnosis="Where is the vendor's log, and who may read it?",
        ask_mitigation="How do you reduce the number of concurrent requests?",
        ask_fix="Who owns limits, periods and locks at the vendor?",
    ),
    "state": LayerWords(
        what="Somebody changed a field, a permission, a token or a price in one of the systems. Nothing is down.",
        signs=(
            "It begins at one moment and affects all deals after it; every request before it succeeded.",
            "Replies are 200 with data missing, or an error names a field, a permission or a login.",
        ),
        diagnosis=(
            "Who changed what in the last hours? Check the audit trail of both systems.",
            "Compare the contract with the system's current description of its objects.",
            "Which orders were written incomplete since then? They look right.",
        ),
        mitigation=(
            "Park what cannot be read or written completely; an incomplete order is worse than a late one.",
            "Ask for the change to be reverted before you adapt the sync to it.",
            "Check the content of the orders written in the meantime, not only their number.",
        ),
        fix="In the harness: restore the state at the fake. In production: the admin of the changed setting.",
        ask_signs="Which changes are announced to you, and which are not?",
        ask_diagnosis="Where is the audit trail, and who may read it?",
        ask_mitigation="Who can revert an admin's change on a Friday evening?",
        ask_fix="Who issues new credentials and permissions, and how long does that take?",
    ),
    "delivery": LayerWords(
        what="The CRM's messages arrive twice, late, out of order, or not at all.",
        signs=(
            "No error anywhere. Deals are missing, duplicated or outdated in the ERP.",
            "The CRM and the sync count different numbers of messages.",
        ),
        diagnosis=(
            "Compare the deals won in the CRM with the orders in the ERP for the last hours, by id.",
            "Does the subscription exist, is it active, and where does it deliver to?",
            "Does the order hold the latest version of the deal?",
        ),
        mitigation=(
            "Read from the CRM what was won since the last message that is known to have arrived.",
            "Treat a repeated message as one; ignore a message older than what you have.",
            "Pause invoicing until the orders are known to be up to date.",
        ),
        fix="In the harness: restore the delivery at the fake. In production: the subscription or the queue.",
        ask_signs="What counts the messages on both sides, and who watches the difference?",
        ask_diagnosis="Which query lists the deals won in the last hours, and who may run it?",
        ask_mitigation="How do you read a time span from the CRM again?",
        ask_fix="Who owns the subscription in the CRM?",
    ),
    "process": LayerWords(
        what="The sync itself has crashed, hangs, or keeps restarting.",
        signs=(
            "Its health check fails, or passes while nothing moves.",
            "The backlog grows from one moment on; no request reaches the vendors.",
        ),
        diagnosis=(
            "When did it last write, and what was it working on then?",
            "Was it killed (memory, deployment, host), or is it waiting for something?",
            "What did it take from the CRM without storing it?",
        ),
        mitigation=(
            "Restart it once; if it crashes again, stop and find the deal that crashes it.",
            "Run one worker, not two: a deal handled twice is written twice.",
            "Park the deal that crashes it, with its payload.",
        ),
        fix="In the harness: start or resume the process. In production: the supervisor, or you.",
        ask_signs="How do you notice that it is running but doing nothing?",
        ask_diagnosis="Where are its log and its state, and how long are they kept?",
        ask_mitigation="Which command starts it, on which host, and who may run it?",
        ask_fix="Who is called if it does not start?",
    ),
}

#: For layers that only a plug-in knows.
GENERAL = LayerWords(
    what="Something between CRM and ERP is not working as usual.",
    signs=(
        "Deals are late, missing or wrong in the ERP, or the backlog grows.",
        "The errors, if there are any, began at one moment.",
    ),
    diagnosis=(
        "When did it begin, and what changed then in either system, in between, or in the sync?",
        "Which deals are affected, and what do they have in common?",
        "Which writes got no reply? Look each of them up by the order's key.",
    ),
    mitigation=(
        "Park the deals that cannot be written, each with its payload and the reason.",
        "Let the other deals pass.",
        "Do not write again without an idempotency key.",
    ),
    fix="In the harness: gameday heals the fault. In production: the owner of whatever changed.",
    ask_signs="Which graph or alert shows this first?",
    ask_diagnosis="Where do you look first, and who may look there?",
    ask_mitigation="What do you pause or park, and who may do that?",
    ask_fix="Who can revert the change, and how do you reach them?",
)

#: Failure modes in which half of a request is carried out: they have little in common with the rest of their layer.
_HALF = LayerWords(
    what="Part of a request is carried out and the rest is not, and the reply does not say so clearly.",
    signs=(
        "The reply is 200 with errors inside, or an error although part of the request was committed.",
        "Orders without lines, incomplete batches: the number of orders is right and their content is not.",
    ),
    diagnosis=(
        "Which parts of which requests were refused? Read the body of the reply part by part.",
        "What did the ERP commit for each of them? Look it up by the order's key.",
        "Is it always the same part, or a different one each time?",
    ),
    mitigation=(
        "Send again only what was not carried out, with the same key.",
        "Send smaller batches until you know which part fails.",
        "Park half-written orders, so that nothing is delivered or invoiced from them.",
    ),
    fix="In the harness: delete the rule at the fake. In production: the vendor, or the record's owner.",
    ask_signs="Which of the vendor's replies may be 200 and contain errors?",
    ask_diagnosis="Where are the replies kept, and for how long?",
    ask_mitigation="How do you reduce the batch size, and how do you park a half-written order?",
    ask_fix="Whom do you ask at the vendor, and what do they need from you?",
)
_BY_FAULT = {"partly failed batch": _HALF, "half-written order": _HALF}


def words_of(fault: str, layer: str) -> LayerWords:
    """The texts for a failure mode: its own if it has any, else its layer's, else general ones."""
    if fault in _BY_FAULT:
        return _BY_FAULT[fault]
    # The words of a plug-in's layer.
    if layer in layers:
        return layers[layer]
    return LAYERS.get(layer, GENERAL)
