"""The causes that gameday knows: by which statements each is recognised, what harm it explains, and who can remove it.

A statement is a pattern for a text in lower case, in which codes are words (``gameday.analysis.causes``).
"""

from __future__ import annotations

import msgspec

from gameday.analysis.cause_patterns import (
    BAD_FIELD,
    BAD_KEY,
    DEAL,
    FEW,
    FIELD,
    KEY,
    LOSS,
    NEAR,
    NO_RIGHT,
    RIGHT,
    SOME,
    SYSTEMS,
    VALUE,
    code,
)

#: The harm that a cause can explain. A deal is ``pending`` if its order lacks only its invoice, all its lines, or the
#: deal's last change.
LATE, LOST, PENDING, DUPLICATED, MISMATCHED = "late", "lost", "pending", "duplicated", "mismatched"
#: What keeps a deal, or a change of it, from the ERP.
HELD_UP = frozenset({LATE, LOST, PENDING})
BACKLOG, SLOW = "backlog", "slow"
GENERAL = "failed"
#: The roles of owners in a contract, and what stands for the owner of the system in trouble.
SYNC, SOURCE, SINK, PLATFORM, FINANCE, SYSTEM = "sync", "source", "sink", "platform", "finance", "system"


class Cause(msgspec.Struct, frozen=True):
    """A kind of cause. ``words`` are those of faults' ``reasons`` that mean it; ``statements`` are patterns.

    ``owners`` are the roles whose owners can remove it; SYSTEM is the role of the system that is in trouble.
    """

    name: str
    words: tuple[str, ...]
    explains: frozenset[str]
    statements: tuple[str, ...]
    owners: tuple[str, ...] = (SYNC, SYSTEM)


CAUSES: tuple[Cause, ...] = (
    Cause("lock", ("lock", "unable_to_lock_row"), HELD_UP, (r"(dead)?lock(s|ed|ing)?\b(?![ -](in|out)\b)",
         r"has been changed", r"(is|currently|still) in use\b",
         r"being edited\b",
         r"(somebody|someone|another user|user \w+)( else)? is editing\b",
         r"open for editing\b", "resource busy", r"concurrent(ly)? (modifi|edit|updat)\w+")),
    Cause(
        "permission",
        ("permission", "forbidden", "403", "insufficient", "access"),
        HELD_UP,
        (rf"{RIGHT}\b{NEAR}{LOSS}\b", rf"{NO_RIGHT}\b{NEAR}{RIGHT}\b", "forbidden", code("403"),
         r"(not|no longer) (allowed|permitted|authori[sz]ed)\b",
         r"needs? (the |a )?(\w+ ){0,3}(permission|privilege)s?\b",
         r"(may (not|no longer)|can no longer) (do|create|edit|write|read|see|view|delete|access|change|post)\b"),
    ),
    Cause(
        "login",
        ("token", "login", "auth", "401", "session", "credential", "expired"),
        HELD_UP,
        (rf"{KEY}\b{NEAR}{BAD_KEY}\b", rf"{BAD_KEY}\b{NEAR}{KEY}\b", code("401"), "unauthori[sz]ed",
         "invalid grant", r"(could|can) ?not log ?in\b", r"unable to log ?in\b", "locked out",
         r"(authentication|login|logon|log[- ]in|sign[- ]in) (failures?|errors?)\b",
         r"(unable to|could ?not|can ?not) (refresh|renew) (the |its |a )?(access )?(tokens?|sessions?)\b",
         r"(unable to|could ?not|can ?not) authenticate\b"),
    ),
    Cause(
        "rate limit",
        ("rate", "limit", "429", "throttl", "concurrency"),
        HELD_UP,
        (r"(?<!discount )(?<!tax )rate[ -]?limit", code("429"), r"429s\b", "throttl",
         r"too many( \w+)? (requests|calls)",
         "(limit|quota) (was |is )?(exceeded|reached|hit|used up|exhausted)",
         r"(requests?|calls?)\b( \w+){0,3} exceed\w*( \w+){0,2} (limit|quota)",
         r"exceed\w*( \w+){0,2} (requests?|api|calls?|concurren\w+)( \w+)? (limit|quota)",
         r"limits?\b( \w+){0,2} requests?\b"),
    ),
    Cause(
        "outage",
        ("error", "500", "503", "unavailable", "outage"),
        HELD_UP,
        (code("50[0-4]"), "bad gateway", "unavailable", "outage", "overloaded",
         r"(server|internal|unexpected) errors?\b",
         r"is down\b", "maintenance", rf"{SYSTEMS} (is |was )?(not available|offline)\b",
         rf"{SYSTEMS} (does|did|is) not (respond|answer|reply)\w*(?! in time)"),
    ),
    Cause(
        "connection",
        ("connection", "refused", "unavailable", "down", "network", "reset"),
        HELD_UP,
        (
            rf"connect(ion)?s?\b{NEAR}(refused|reset|failed|closed|dropped|lost|aborted|errors?|timed out|broken)\b",
            r"(refused|reset|dropped|lost|no|cannot|broken)\b( \w+){0,3} (connect(ion)?s?|pipe)\b",
            r"network( is)? (error|failure|down|unreachable|problem|unavailable)", r"connect error",
            r"econn\w+", "epipe", "unreachable", "remote end closed", "disconnected",
            r"(system|erp|crm|server|host) (is |was )?down\b", r"(could|can) ?not connect\b",
            r"(unable|fail(s|ed)?) to connect\b", r"socket (hang|hung) up", r"socket (was )?closed",
            r"e(notfound|hostunreach)\b",
            "no route to host",
            r"(tls|ssl) (handshake|error|alert)", "closed the connection",
        ),
    ),
    Cause(
        SLOW,
        ("slow", "latency", "timeout", "timed out", "lag"),
        HELD_UP,
        (r"\w*tim(ed|e)[ -]?outs?\b",
         r"(requests?|replies|reply|responses?|calls?)( \w+)? (took|takes?) (\d+ ?(s|m)|minutes|too long)",
         r"response time( of| is| was)? \d{2,} ?(s|m(?!s))", r"slow(ly|er|ness)?\b", "(high|long) latency",
         "latency (is )?(high|long)",
         r"latency (above|over|exceed|spike|(is|of|was) (high|long|\d))",
         "not answer in time", r"no (answer|reply|response) (in time|within)\b", "deadline exceeded"),
    ),
    Cause(
        "reply lost",
        ("reply", "indeterminate", "unknown", "truncated"),
        HELD_UP,
        (r"(reply|replies|responses?|answers?)\b( \w+){0,2} (lost|cut|truncated|incomplete|missing)\b", "truncated",
         "indeterminate", r"(outcome|result)( \w+)? unknown", r"no (reply|response|answer) (to|from|for|after)\b",
         r"incomplete (read|reply|response)"),
    ),
    Cause(
        BACKLOG,
        ("backlog", "lag", "late", "restart", "killed", "paused", "down", "slow"),
        HELD_UP,
        ("backlog", r"lag(s|ged|ging)?\b", "overdue", r"queue( \w+)? (grows|growing|depth|length|full)",
         r"not settled", r"(worker|process|consumer|job)s?( \w+){0,2} "
         r"(killed|down|restarted|stopped|paused|crashed|died)",
         rf"{DEAL} (is|are|has been|have been) waiting (for|since)\b",
         r"(is|are|arrived?|came|too|running) late\b", r"restarted\b"),
        (SYNC, PLATFORM),
    ),
    Cause(
        "missing",
        ("missed", "missing", "reconcil", "lost", "subscription", "never", "not delivered", "late", "lag"),
        HELD_UP,
        (rf"(missed|missing|undelivered|lost) {DEAL}\b", rf"{DEAL}\b{FEW} (missing|missed|lost)\b",
         r"(not|never) (been )?(delivered|arrived?|received|sent)\b", r"no (event|notification|message)\b",
         r"no( sales)? order (for|in|yet|exists?|found|was (found|made|created))\b", r"ha(s|ve) no( sales)? orders?\b",
         r"(events?|messages?|notifications?)( \w+)? dropped\b",
         r"not (found )?in (the )?(erp|ledger|net ?suite|sap|dynamics)\b", "found missing",
         r"subscription\b( \w+){0,3} (gone|deleted|missing|removed|lost)"),
        (SYNC, SOURCE),
    ),
    Cause(
        "schema",
        ("field", "schema", "hidden", "contract", "renamed", "invalid_field", "column", "missing"),
        HELD_UP,
        (rf"{FIELD}\b{NEAR}{BAD_FIELD}\b", rf"(no such|{BAD_FIELD})\W+(\w+\W+){{0,2}}{FIELD}\b",
         r"schema( of \w+)?( has| was)? (changed?|drift|violat|mismatch)", "contract violat", "unexpected null",
         rf"{FIELD}\b{FEW} not (readable|visible|writ(e|)able|accessible)", rf"unrecogni[sz]ed {FIELD}\b",
         r"(wrong|another|different|unexpected|required) (data )?type\b",
         rf"(required|mandatory) {FIELD}\b", rf"{FIELD}\b{FEW} (required|mandatory)\b",
         # As some ERPs ask for a mandatory field; a rate is asked for where an item has no price.
         r"please enter value\W{1,2}s\W{1,2}for\W+(?!\W|rate\b)",
         r"\w+ c (is |was |has been )?(renamed|removed|deleted|hidden)\b"),
    ),
    Cause(
        "reference",
        ("inactive", "reference", "customer", "item", "invalid"),
        HELD_UP,
        ("inactive", r"invalid (\w+ ){0,2}(value|reference|customer|item|key)",
         rf"(customer|item|reference|product)s?\b{FEW} (unknown|invalid|not (found|exist)|(was|were|been) deleted)",
         "no such (customer|item|product|account)", r"no matching (customer|item|product|account)", "deactivated",
         r"referenced \w+( does| do)? not (exist|found)",
         r"(customer|item|product|account)s?\b( \w+){0,3} (discontinued|merged)\b",
         r"(customer|item|product|account|record)s?\b( \S+)? (is|are) no longer active\b",
         r"unknown (customer|item|product|reference)"),
    ),
    Cause(
        "period",
        ("period", "closed"),
        HELD_UP,
        (rf"period\b{NEAR}(closed|locked)\b(?! (the|a|an|for no|with no|won)\b)",
         r"(closed|locked)( (accounting|posting|fiscal|financial|\d[\d-]*))* period", r"closed for posting",
         r"books( of \w+| for \w+)? are closed", rf"period\b{FEW} not( yet)? open\b",
         r"no open( \w+){0,2} period",
         rf"period\b{FEW} not( been)? (yet )?opened"),
        (FINANCE,),
    ),
    Cause(
        "price",
        ("price", "pricebook", "tolerance", "drift"),
        HELD_UP | {MISMATCHED},
        (rf"prices?\b{NEAR}(drift|(?<!within )(?<!within the )tolerance|differs?"
         r"|outside|below|above|changed|mismatch|wrong)", "price drift",
         rf"(outside|exceeds?|beyond)\b{NEAR}tolerance", r"wrong( \w+)? price"),
        (FINANCE,),
    ),
    Cause("clock", ("clock", "timestamp", "signature"), HELD_UP,
        (rf"clocks?\b{NEAR}(skew\w*|drift\w*|wrong|off|behind|ahead|out of sync|minutes|seconds)\b", r"clock[ -]skew",
         rf"time ?stamps?\b{NEAR}(off|old|expired|invalid|refused|rejected|future|past|skew\w*|out(side)?)\b",
         r"(invalid|expired|stale|bad|future) time ?stamp", r"(time|ntp)( is| was)? (skew|drift|out of sync)"),
        (SYNC, PLATFORM)),
    Cause("moved address",
        ("redirect", "moved", "301", "address", "url", "connect", "environment", "organization"), HELD_UP,
        (r"redirect(s|ed|ion|ions|ing)?\b", code("30[1278]"), r"moved permanently",
         r"(address|url|host|endpoint|domain|instance)s?\b( \w+){0,4}"
         r" (moved|changed|migrated|renamed|wrong|outdated)\b",
         r"(new|another|other|wrong|old) (address|url|host name|hostname|endpoint|domain)\b",
         r"(another|other|wrong|sandbox) (environment|organi[sz]ation|org|realm|tenant)\b")),
    Cause("retired", ("410", "gone", "retired", "no longer available"), HELD_UP,
        (code("410"), r"(api|version|endpoint|resource|v\d\S*)\b( \S+){0,3}"
         r" (retired|sunset|gone|removed|discontinued|deprecated|switched off|turned off)\b",
         r"(retired|unsupported|discontinued|removed|outdated) (api )?(version|endpoint|api|resource)",
         r"(api|version|endpoint|resource|v\d\S*)\b( \S+){0,3} no longer (available|supported|served|exists?)\b",
         r"(api|endpoint) version( \S+)? (is |was )?not (available|supported|found)\b")),
    Cause("conflict", ("conflict", "changed"), HELD_UP,
        (r"conflicts?\b(?!ing)", code("409"), code("412"), r"precondition failed",
         r"e ?tag\b( \w+){0,3} (match|stale|old)\w*",
         r"(record|order|invoice|document|it) (has |was |had |has been )?(been )?(changed|modified|edited)"
         r" (since|meanwhile|in the meantime|by (another|someone|somebody))")),
    Cause("credit", ("credit",), HELD_UP,
        (r"credit[ -](hold|block|check|limit|line)s?\b( \w+){0,3}"
         r" (fail\w*|exceed\w*|reached|block\w*|hold|active|set|refus\w*)\b",
         r"(on|under|in)( a)? credit[ -](hold|block)", r"credit[ -](hold|block(ed)?)\b",
         rf"(exceed\w*|over|above|beyond)\b{NEAR}credit[ -](limit|line)", r"block(s|ed)?\b( \w+){0,3} credit\b",
         r"not creditworthy", r"insufficient credit"),
        (FINANCE,)),
    Cause("hold", ("hold",), HELD_UP,
        (r"on hold\b", r"holds?\b( \w+){0,3} (applied|active|placed|released)\b"),
        (FINANCE, SYSTEM)),
    Cause("tax", ("tax",), HELD_UP | {MISMATCHED},
        (r"tax( \w+)? (engine|service|calculation|provider|rate|code|lookup|determination)s?\b( \w+){0,3} (down|unknown"
         r"|unavailable|fail\w*|not (respond|answer|available)\w*|error|timed out|missing|refused|unreachable)\b",
         r"(no|missing|zero|wrong|unknown|without)( sales)? tax(es)?\b",
         r"(vertex|avalara|tax ?jar|suite ?tax)\b( \w+){0,3}"
         r" (down|unavailable|fail\w*|errors?|timed out|unreachable)\b",
         r"tax(es)?\b( \w+){0,3} (is|are|was|were|became) (0\b|zero|missing|wrong|unknown)",
         r"(could|can) ?not (calculate|compute|determine)( the)?( sales)? tax(es)?\b"),
        (FINANCE, SYSTEM)),
    Cause(
        "batch",
        ("batch", "partial", "part"),
        HELD_UP,
        (rf"(part|some|partial\w*)\b{NEAR}batch", rf"batch\b{NEAR}(partial\w*|part|failed|rejected|refused)\b"),
    ),
    Cause(
        "half-written",
        ("half", "partial", "lines", "incomplete", "500", "inconsisten", "add up"),
        HELD_UP | {MISMATCHED},
        (r"half[ -]written", r"incomplete\b", r"(without|has no|have no)( \w+)? lines",
         r"(missing lines|lines( \w+)? missing)",
         r"partial(ly)?\b", "not add up", "inconsistent", r"\d+ of \d+ lines", r"only( \w+)? header"),
    ),
    Cause(
        "stale",
        ("order", "stale", "version"),
        HELD_UP | {MISMATCHED},
        (r"stale\b", "out[ -]of[ -]order", "in the wrong order", r"older than (what|the)\b",
         r"(old|older|newer|outdated) version", r"version conflict", "outdated"),
        (SYNC, SOURCE),
    ),
    Cause(
        "duplicate",
        ("duplicate",),
        frozenset({DUPLICATED}),
        (r"(?<!de-)duplicat\w*\b(?!( \w+)? (check|detection|filter|guard|prevention|protection|handling|control)\b)",
         r"dup\b", r"a second time\b", r"double[ -](posting|posted|booking|booked|order|ordered|invoice|invoiced)s?\b",
         r"(posted|booked|created|written|invoiced|sent|ordered|entered|exists?)( \w+)?"
         r" (twice|two times|more than once)\b",
         r"more than one( sales)? (order|invoice)",
         rf"{SOME} (exists?|in the (erp|ledger)|found|(was|were) (found|made|created|booked|posted))\b",
         rf"{SOME} (for|of|from) (one|a|the same|this|deal|order)\b",
         rf"(deal|order|opportunity)\b[^.;\n]{{0,20}}?(,|:|\bhas|\bhave|\bwith|\bgot) {SOME}",
         r"(makes?|made|creates?|created|gets?|got|has|have) a second( sales)? (order|invoice)\b",
         r"second (sales )?(order|invoice) (exists|for|was (found|made|created|booked|posted))\b"),
        (SYNC, FINANCE),
    ),
    Cause(
        "mismatch",
        ("mismatch", "differ"),
        frozenset({PENDING, MISMATCHED}),
        (r"mismatch\w*", r"differ(s|ed|ences?)?\b", r"(not |dis|\w+n't )(match|agree)\w*",
         rf"{VALUE}[^;\n]{{0,40}}(≠|!=|<>|\binstead of\b|\bdeviat\w+ from\b)",
         rf"{VALUE}( \w+){{0,2}} (not |un)equal\b",
         rf"{VALUE}( (of|on|in)( the)? \w+)? (is|are|was|were) wrong\b",
         r"different (total|amount|currency|customer|line|quantity|date|invoice|price|value|product)s?\b",
         r"discrepanc", r"(is|are|was|were) (off|out) by \d",
         r"(total|amount)s? (in the \w+ |of the \w+ |in \w+ )?(is |was )?\d[\d.,]*,?( but| and| while)?( the)? \w+"
         r"( (total|amount|says|has|holds))+ \d",
         r"wrong (total|amount|currency|customer|line|quantity|date|invoice)s?\b"),
        (SYNC, FINANCE),
    ),
    Cause(
        GENERAL,
        (),
        HELD_UP,
        (r"fail(s|ed|ures?|ing)?\b(?!-?[ -]?(safe|over)\b)", r"(refus|reject)(es|e|s|ed|al|ion)?\b",
         r"(could|can) ?not\b", r"unable to\b",
         r"not (be )?(created|written|posted|booked|processed|synced|transferred)\b"),
        (SYNC,),
    ),
)  # fmt: skip
