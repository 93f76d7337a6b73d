"""Which causes alerts, tickets and dead letters state, and whether these explain a harm.

A cause is recognised by a statement about it, not by a single word: "Error while accessing a resource" states none,
"the role lost its right to edit sales orders" states a lost permission.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable

from gameday.analysis.cause import BACKLOG, DUPLICATED, GENERAL, LOST, MISMATCHED, SLOW, SYNC
from gameday.analysis.cause_list import CAUSES
from gameday.analysis.cause_patterns import DEAL, NEAR, OF_FLOW

_COMPILED = tuple((cause, re.compile(rf"\b({'|'.join(cause.statements)})")) for cause in CAUSES)
_NEGATED = re.compile(
    r"\b((no|not|no longer|never|neither|nor|without|prevented|avoided|recovered from|below the|isn't|aren't|wasn't)"
    r"( a| an| any)?|(?<![.,])0( of \d+( \w+)?)?|none|nothing"
    rf"|(no|0) \w+ (is|are|was|were|has|have)( been)?|(no|0)( \w+)? {DEAL}( (is|are|was|were|has|have)( been)?)?) $"
)
#: What says of a cause that it is over, or never was.
_ENDED = r"(prevented|avoided|released|cleared|resolved|reset|finished|ended|removed|fixed)"
_DENIED = re.compile(
    rf"( \w+)? (is|was|are|were|has been|have been)"
    rf"( not the (cause|reason|problem)| not exceeded| ruled out| over| unlocked| {_ENDED})\b| {_ENDED}\b"
    r"|:? ?(found )?(none|0)(?![\w.,]*\d|:)\b| is (empty|zero)\b| (problems?|errors?|issues?): (none|0)\b"
)
#: What is only possible is not stated, and an address states nothing.
_IF = re.compile(r"\b(if|unless|in case)\b[^.;:\n]*$")
_ADDRESS = re.compile(r"https?://\S+")
#: "no permission" states a cause, "no permission problem" none.
_TROUBLE = re.compile(r" (problem|error|issue|trouble|failure)s?\b")
#: A locked period is the period's trouble, not a record's.
_LOCKED_PERIOD = re.compile(rf"\bperiod\b{NEAR}locked\b|\blocked( \w+){{0,2}} period\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 4000
#: A text that states more causes than this lists what may go wrong, and says of nothing that it did.
MOST_CAUSES = 6
#: A deal is missing, there twice or wrong: what states all three says of no deal which.
_EVERY_HARM = (LOST, DUPLICATED, MISMATCHED)
_ALTERNATIVES = re.compile(r"\b(or|either|maybe|perhaps|possibl[ey]|might|could be)\b|\w/\w")


def _plain(text: str) -> str:
    """The text in lower case, its codes as words: RCRD_HAS_BEEN_LOCKED and RecordLocked become words too."""
    return " ".join(_CAMEL.sub(" ", _ADDRESS.sub(" ", text[:_LONGEST])).replace("_", " ").casefold().split())


@functools.lru_cache(maxsize=4096)
def causes_in(text: str) -> frozenset[str]:
    """The names of the causes that a text states; "not locked" and "no duplicates" state none.

    Nor does a list of more than MOST_CAUSES of them.
    """
    plain = _plain(text)
    stated = frozenset(
        cause.name
        for cause, pattern in _COMPILED
        if _stated(pattern, _LOCKED_PERIOD.sub(" ", plain) if cause.name == "lock" else plain)
    )
    return stated if len(stated) <= MOST_CAUSES else frozenset()


def _stated(pattern: re.Pattern[str], plain: str) -> bool:
    return any(
        not _NEGATED.search(plain, max(0, match.start() - 40), match.start())
        and not _IF.search(plain, max(0, match.start() - 80), match.start())
        and not _DENIED.match(plain, match.end())
        and not (match[0].startswith("no ") and _TROUBLE.match(plain, match.end()))
        for match in pattern.finditer(plain)
    )


#: Systems that carry alerts and show figures: their trouble keeps no deal from the ERP.
_WATCHING = (
    r"(slack|(ms|microsoft) teams|pager ?duty|ops ?genie|jira|service ?now|zendesk|smtp|e-?mail server|mail server"
    r"|pager|ticket(ing)? system|datadog|grafana|prometheus|alertmanager|sentry|splunk|new relic|status ?page)"
)
_ITS_PART = r"( (api|webhook|server|service|endpoint|agent|connection|channel|request|call|message|alert|page)s?)*"
_FAILS = (
    r"(answer|return|respond|repl(y|ied)|refus|reject|fail|down\b|unavailable|unreachable|offline|tim(ed|es) out|not\b"
    r"|could|cannot|rate|throttl|slow|closed|reset|locked|http|\d{3}\b)"
)
_FAILED_TO = (
    r"((could|can) ?not|unable to|fail(s|ed|ing|ure)?|errors?|refus\w+|reject\w+|tim(ed|e) ?outs?|lost|no|\d{3})\b"
    r"[^:]{0,40}"
)
_REACHED = r"\b(reach|call|notify|page|alert|inform|(\w+ )?(to|from|by|at|of))(ing)?"
#: A statement about one of them: "Jira answered 503: too many requests", "could not post to Slack".
_OF_WATCHING = re.compile(
    rf"\b{_WATCHING}('s)?{_ITS_PART}( (is|was|has|are|were|did|does))? {_FAILS}"
    rf"|\b{_FAILED_TO}{_REACHED}( the| our)? {_WATCHING}\b"
)
_CLAUSES = re.compile(r"[.;,()\n]|\b(?:and|but|while|because|since)\b")
#: What also names the systems of the flow, or a record of theirs, is about them.
_OF_FLOW = re.compile(rf"\b({OF_FLOW}|records?)\b")


@functools.lru_cache(maxsize=4096)
def of_the_sync(text: str) -> str:
    """The text without clauses about the systems that carry alerts: these say nothing of what happened to deals."""
    clauses = _CLAUSES.split(text[:_LONGEST])
    left = [clause for clause in clauses if not _is_of_watching(_plain(clause))]
    return text if len(left) == len(clauses) else "; ".join(left)


def _is_of_watching(clause: str) -> bool:
    return _OF_WATCHING.search(clause) is not None and not _OF_FLOW.search(clause)


def explains(text: str, harm: str) -> bool:
    """Whether a text states a cause that explains this harm, and not at the same time one for every harm."""
    text = of_the_sync(text)
    return not fits_all(text) and _explain(causes_in(text), harm)


def explains_parking(text: str, harm: str) -> bool:
    """Whether a text states a cause that explains this harm, and more than that the deal waits.

    A backlog waits for something slow, so beside a backlog slowness says no more.
    """
    text = of_the_sync(text)
    stated = causes_in(text)
    return not fits_all(text) and _explain(stated - {BACKLOG, SLOW} if BACKLOG in stated else stated, harm)


def fits_all(text: str) -> bool:
    """Whether a text would fit whatever became of a deal: "lost, duplicated or mismatched".

    That something failed is often said beside the cause, so it counts only where a text gives alternatives.
    """
    stated = causes_in(text)
    if not _ALTERNATIVES.search(_plain(text)):
        stated -= {GENERAL}
    return len(_harms(stated)) == len(_EVERY_HARM)


def states_several_harms(text: str) -> bool:
    """Whether a text states causes of different harms: of some deals one, of others another."""
    return len(_harms(causes_in(text))) > 1


def _harms(stated: Collection[str]) -> list[str]:
    """The harms of which a cause is stated that explains no other."""
    explained = [cause.explains for cause in CAUSES if cause.name in stated]
    return [harm for harm in _EVERY_HARM if any(each & {*_EVERY_HARM} == {harm} for each in explained)]


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
