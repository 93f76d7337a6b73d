"""The causes that alerts, tickets and dead letters state, and what harm each of them explains.

A cause is recognised by a statement about it, not by a single word: "Error while accessing a resource" states none,
"the role lost its right to edit sales orders" states a lost permission.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable

import msgspec

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


_LOSS = r"(denied|forbidden|revoked|lost|removed|missing|insufficient|lack\w*|withdrawn|required|refused)"
_NO_RIGHT = r"(denied|forbidden|revoked|lost|removed|missing|insufficient|lacks?|lacking|no|without|not have)"
_RIGHT = r"(permissions?|access|privileges?|rights?|authori[sz]ation)"
_KEY = r"(tokens?|sessions?|login|logon|credentials?|password|authentication|api key|certificate|signature)"
_BAD_KEY = r"(revoked|expired|invalid|refused|rejected|failed|denied|wrong|inactive|no longer|not valid|disabled)"
_FIELD = r"(fields?|columns?|propert(y|ies))"
_BAD_FIELD = r"(missing|renamed|hidden|removed|unknown|invalid|not found|null|empty|gone|deleted|no longer|not exist)"
_DEAL = r"(deals?|orders?|records?|opportunit(y|ies)|events?|messages?|notifications?|invoices?)"
#: What may stand between the parts of a statement: anything but a negation.
_NEAR = r"(?:(?!\b(?:not|never|no)\b)[^.;\n]){0,40}?\b"
_FEW = r"(?: (?!(?:not|never|no)\b)[^\s.;,]+){0,3}"


def _code(numbers: str) -> str:
    """A pattern for a status code: "answered 403", "(403)", "403 from the ERP", and not "403 orders"."""
    before = r"(https?|status|code|errors?|got|(answer|reply|respond|return|fail|refus|reject)\w*( with)?)( code)? "
    after = r"(?=\W*$|[)\]:;,]|\.(?!\d)| (from|by|at|on|when|while|for)\b)"
    return rf"({before}{numbers}\b|{numbers}{after})"


CAUSES: tuple[Cause, ...] = (
    Cause("lock", ("lock", "unable_to_lock_row"), HELD_UP, (r"(dead)?lock(s|ed|ing)?\b", r"has been changed")),
    Cause(
        "permission",
        ("permission", "forbidden", "403", "insufficient", "access"),
        HELD_UP,
        (rf"{_RIGHT}\b{_NEAR}{_LOSS}\b", rf"{_NO_RIGHT}\b{_NEAR}{_RIGHT}\b", "forbidden", _code("403"),
         r"(not|no longer) (allowed|permitted|authori[sz]ed)\b",
         r"may (not|no longer) (do|create|edit|write|read|see|view|delete|access|change|post)\b"),
    ),
    Cause(
        "login",
        ("token", "login", "auth", "401", "session", "credential"),
        HELD_UP,
        (rf"{_KEY}\b{_NEAR}{_BAD_KEY}\b", rf"{_BAD_KEY}\b{_NEAR}{_KEY}\b", _code("401"), "unauthori[sz]ed",
         "invalid grant"),
    ),
    Cause(
        "rate limit",
        ("rate", "limit", "429", "throttl", "concurrency"),
        HELD_UP,
        ("rate[ -]?limit", _code("429"), "throttl", "too many requests",
         "(limit|quota) (was |is )?(exceeded|reached|hit)",
         r"limits?\b( \w+){0,2} requests?\b"),
    ),
    Cause(
        "outage",
        ("error", "500", "503", "unavailable", "outage"),
        HELD_UP,
        (_code("50[0-4]"), "bad gateway", "unavailable", "outage", r"(server|internal|unexpected) errors?\b",
         r"is down\b", "maintenance"),
    ),
    Cause(
        "connection",
        ("connection", "refused", "unavailable", "down", "network", "reset"),
        HELD_UP,
        (
            rf"connect(ion)?s?\b{_NEAR}(refused|reset|failed|closed|dropped|lost|aborted|errors?|timed out|broken)\b",
            r"(refused|reset|dropped|lost|no|cannot|broken)\b( \w+){0,3} (connect(ion)?s?|pipe)\b",
            r"network( is)? (error|failure|down|unreachable|problem|unavailable)", r"connect error",
            r"econn\w+", "epipe", "unreachable", "remote end closed", "disconnected",
            r"(system|erp|crm|server|host) (is |was )?down\b",
        ),
    ),
    Cause(
        SLOW,
        ("slow", "latency", "timeout", "timed out", "lag"),
        HELD_UP,
        (r"tim(ed|e)[ -]?outs?\b", r"slow(ly|er|ness)?\b", "(high|long) latency",
         r"latency (above|over|exceed|spike|(is|of|was) (high|long|\d))",
         "not answer in time", "deadline exceeded"),
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
         r"not settled", r"(worker|process|consumer|job)s?( \w+){0,2} (killed|down|restarted|stopped|paused|crashed)",
         r"(is|are|arrived?|came|too|running) late\b", r"restarted\b"),
        (SYNC, PLATFORM),
    ),
    Cause(
        "missing",
        ("missed", "missing", "reconcil", "lost", "subscription", "never", "not delivered", "late", "lag"),
        HELD_UP,
        (rf"(missed|missing|undelivered|lost) {_DEAL}\b", rf"{_DEAL}\b( \w+){{0,3}} (missing|missed|lost)\b",
         r"(not|never) (been )?(delivered|arrived?|received|sent)\b", r"no event\b", r"no order\b",
         r"not in the (erp|ledger)", "found missing", r"subscription\b( \w+){0,3} (gone|deleted|missing|removed|lost)"),
        (SYNC, SOURCE),
    ),
    Cause(
        "schema",
        ("field", "schema", "hidden", "contract", "renamed", "invalid_field", "column", "missing"),
        HELD_UP,
        (rf"{_FIELD}\b{_NEAR}{_BAD_FIELD}\b", rf"(no such|{_BAD_FIELD})\W+(\w+\W+){{0,2}}{_FIELD}\b",
         r"schema( has| was)? (changed?|drift|violat|mismatch)", "contract violat"),
    ),
    Cause(
        "reference",
        ("inactive", "reference", "customer", "item", "invalid"),
        HELD_UP,
        ("inactive", r"invalid (\w+ ){0,2}(value|reference|customer|item|key)",
         rf"(customer|item|reference|product)s?\b{_FEW} (unknown|invalid|not (found|exist)|(was|were|been) deleted)",
         "no such (customer|item|product|account)",
         r"unknown (customer|item|product|reference)"),
    ),
    Cause(
        "period",
        ("period", "closed"),
        HELD_UP,
        (rf"period\b{_NEAR}(closed|locked)\b", r"closed( \w+){0,2} period", rf"period\b{_FEW} not( yet)? open\b",
         r"no open( \w+){0,2} period"),
        (FINANCE,),
    ),
    Cause(
        "price",
        ("price", "pricebook", "tolerance", "drift"),
        HELD_UP | {MISMATCHED},
        (rf"prices?\b{_NEAR}(drift|tolerance|differs?|outside|below|above|changed|mismatch|wrong)", "price drift",
         rf"(outside|exceeds?|beyond)\b{_NEAR}tolerance", r"wrong( \w+)? price"),
        (FINANCE,),
    ),
    Cause(
        "batch",
        ("batch", "partial", "part"),
        HELD_UP,
        (rf"(part|some|partial\w*)\b{_NEAR}batch", rf"batch\b{_NEAR}(partial\w*|part|failed|rejected|refused)\b"),
    ),
    Cause(
        "half-written",
        ("half", "partial", "lines", "incomplete", "500"),
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
        (r"duplicat\w*", r"dup\b", r"double (posting|booking|order|invoice)s?\b",
         r"(posted|booked|created|written|invoiced|sent) (twice|two times)", r"more than one (order|invoice)",
         r"(two|several|second) (orders?|invoices?)\b"),
        (SYNC, FINANCE),
    ),
    Cause(
        "mismatch",
        ("mismatch",),
        frozenset({PENDING, MISMATCHED}),
        (r"mismatch\w*", r"differ(s|ed|ences?)?\b", r"(not |dis|\w+n't )(match|agree)\w*",
         r"different (total|amount|currency|customer|line|quantity|date|invoice|price|value|product)s?\b",
         r"discrepanc",
         r"wrong (total|amount|currency|customer|line|quantity|date|invoice)s?\b"),
        (SYNC, FINANCE),
    ),
    Cause(
        GENERAL,
        (),
        HELD_UP,
        (r"fail(s|ed|ures?|ing)?\b", r"(refus|reject)(es|e|s|ed|al|ion)?\b", r"(could|can) ?not\b", r"unable to\b",
         r"not (be )?(created|written|posted|booked|processed|synced|transferred)\b"),
        (SYNC,),
    ),
)  # fmt: skip

_COMPILED = tuple((cause, re.compile(rf"\b({'|'.join(cause.statements)})")) for cause in CAUSES)
_NEGATED = re.compile(
    r"\b((no|not|never|without|isn't|aren't|wasn't)( a| an| any)?|no \w+ (is|are|was|were|has|have)( been)?) $"
)
_DENIED = re.compile(r"( \w+)? (is|was|are|were)( not the (cause|reason|problem)| prevented| avoided| ruled out)\b")
#: A locked period is the period's trouble, not a record's.
_LOCKED_PERIOD = re.compile(rf"\bperiod\b{_NEAR}locked\b|\blocked( \w+){{0,2}} period\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 4000


def _plain(text: str) -> str:
    """The text in lower case, its codes as words: RCRD_HAS_BEEN_LOCKED and RecordLocked become words too."""
    return " ".join(_CAMEL.sub(" ", text[:_LONGEST]).replace("_", " ").casefold().split())


@functools.lru_cache(maxsize=4096)
def causes_in(text: str) -> frozenset[str]:
    """The names of the causes that a text states; "not locked" and "no duplicates" state none."""
    plain = _plain(text)
    return frozenset(
        cause.name
        for cause, pattern in _COMPILED
        if _stated(pattern, _LOCKED_PERIOD.sub(" ", plain) if cause.name == "lock" else plain)
    )


def _stated(pattern: re.Pattern[str], plain: str) -> bool:
    return any(
        not _NEGATED.search(plain, max(0, match.start() - 40), match.start()) and not _DENIED.match(plain, match.end())
        for match in pattern.finditer(plain)
    )


def explains(text: str, harm: str) -> bool:
    """Whether a text states a cause that explains this harm."""
    return _explain(causes_in(text), harm)


def explains_parking(text: str, harm: str) -> bool:
    """Whether a text states a cause that explains this harm, and more than that the deal waits.

    A backlog waits for something slow, so beside a backlog slowness says no more.
    """
    stated = causes_in(text)
    return _explain(stated - {BACKLOG, SLOW} if BACKLOG in stated else stated, harm)


def _explain(stated: Collection[str], harm: str) -> bool:
    return any(harm in cause.explains for cause in CAUSES if cause.name in stated)


def owners_of(text: str) -> frozenset[str]:
    """The roles of the owners who can remove what a text states; those of the sync's owner if it states nothing.

    That something failed says nothing about the cause, so a cause beside it decides.
    """
    stated = causes_in(text)
    known = [cause for cause in CAUSES if cause.name in stated]
    specific = [cause for cause in known if cause.name != GENERAL] or known
    return frozenset(role for cause in specific for role in cause.owners) or frozenset({SYNC})


def states(text: str, words: Iterable[str]) -> bool:
    """Whether a text states one of the causes that these words of faults mean.

    A word that means no known cause is looked for as it is, from the beginning of a word.
    """
    stated = causes_in(text)
    plain = _plain(text)
    for word in words:
        means = {cause.name for cause in CAUSES if word.casefold() in cause.words}
        if means & stated if means else re.search(rf"\b{re.escape(_plain(word))}", plain):
            return True
    return False
