"""Whether an alert or a ticket says that all is well: it reports no trouble, and ends what its key raised before.

A title that begins with a status such as "resolved:" says so, and a reassuring statement does ("back to normal", "no
errors", "heartbeat") where the same text states no cause of trouble: "recovered, but the record is locked" does not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from gameday.analysis.causes import causes_in
from gameday.model.signal import Signal

_WELL = (
    r"(ok|okay|fine|well|good|green|clear|normal|healthy|quiet|stable|nominal|operational|successful|working"
    r"|in (sync|order|step)|up (and running|to date)|back (online|up|to normal)|running (normally|again|fine)"
    r"|as expected|smoothly|normally|passed|succeeded|recovered|restored|healed|happy|under control)"
)
_ABOUT = (
    r"(everything|all|it|sync|flow|integration|connector|pipeline|job|run|pass|service|system|erp|crm|stack|status"
    r"|state|health|check|order|deal|ledger|queue|result)s?"
)
_TROUBLE = (
    r"(error|problem|issue|failure|incident|trouble|anomal(y|ie)|alert|alarm|warning|mismatche?|difference|duplicate"
    r"|losse?|action|intervention|deals? (affected|lost|late|missing|failed))s?"
)
_BEEN = r"((is|are|was|were|has|have|been) )*"
_RECORDS = r"(deal|order|record|event|invoice)s?"
_LINK = r"((is|are|was|were|looks?|runs?|works?|has|have|been|now|again|all|back)\W)*"
_STATEMENTS = (
    rf"all[ -](is |are |was |were |looks? )?{_WELL}",
    rf"{_ABOUT}( \w+)?\W{{1,3}}{_LINK}{_WELL}",
    rf"(no|0|zero|without)( (more|new|open|known|further|any|other|active))* {_TROUBLE}",
    r"nothing (is |was |to )?(wrong|broken|lost|missing|failed|affected|do|report|worry about|see|worth|unusual|new)",
    rf"(problem|issue|incident|trouble|error|outage|alarm|alert)s? {_BEEN}(solved|closed|fixed|over)",
    r"we('re| are) (good|fine|ok)",
    r"(flows?|flowing|works?|working|reachable|available|up|running|accepts?( \w+)?) again",
    rf"(queue|backlog)s? {_BEEN}(empty|drained|worked off)",
    rf"all( \d+)? {_RECORDS} {_BEEN}(written|processed|booked|synced|delivered)",
    rf"(?P<done>\d+)( of |/)(?P=done) {_RECORDS}",
    # What only says that work began or ended; how a job failed comes behind.
    r"(pass|run|job|batch|sync|import|export|deployment|release)( (?!not\b)[\w.]+){0,3}"
    r" (started|begun|finished|completed|done)(?! (with|by|in|early|late|after|before)\b)",
    r"(daily|weekly|monthly|hourly) (report|digest|summary)",
    r"(back to normal|business as usual|as expected|all systems go|up and running|false alarm|no longer an? \w+)",
    r"(recovered|resolved|restored|remediated|healed|reconciled)",
    r"(heart ?-?beat|keep-?alive|still alive|i am alive|ping)",
    r"(test (alert|page|message|notification)|this is (only )?a test)",
    r"(succeeded|success|successful(ly)?)",
)
_STUCK = r"(affected|locked|blocked|delayed|stuck|behind|late|failing|waiting|down|limited|unavailable|throttled)"
_FIXED = r"(solved|resolved|fixed|cleared|healed|recovered|repaired|remediated)"
_DONE = r"((re)?(tried|sent|played|processed|synced|written)|delivered|booked|created|posted|handled|invoiced)"
_BY_NOW = r"(now|since|meanwhile|by now|in the meantime|successfully|automatically)"
_WAS = rf"((it|they|this|and|then|was|were|is|are|has|have|been|{_BY_NOW}) )*"
#: What says so whatever trouble its clause names.
_OVER = re.compile(
    rf"\b(recovered from|back to normal|no longer {_STUCK}|(has|have) been (resolved|fixed|cleared)"
    rf"|(auto|self|automatically)[- ]?{_FIXED})\b"
)
#: The same of a deal that came too late; one that was booked twice, or wrong, is not right for it.
_THROUGH = re.compile(r"\b(successful(ly)?|(processed|succeeded|delivered|synced|through) after)\b")
#: A clause without a subject says it of the one before: "D9: locked (resolved)", "record lock, retried successfully".
_OVER_BEFORE = re.compile(rf"{_WAS}((auto|self)[- ]?)?{_FIXED}( {_BY_NOW})*")
_THROUGH_BEFORE = re.compile(rf"{_WAS}({_DONE} {_BY_NOW}|{_BY_NOW} {_WAS}{_DONE})")
_CLAUSES = re.compile(r"[;\n()\[\]]|[.,](?=\s|$)|\b(?:but|however|whereas|while|though|although|yet)\b")
_WRONG = frozenset({"duplicate", "mismatch"})
_STATEMENT = re.compile(rf"\b({'|'.join(_STATEMENTS)})\b")
_STATUS = re.compile(
    rf"^[\w-]+:? ((is|are) )?{_WELL}[\W_]*$"
    r"|^[\W_]*(resolved|recovered|recovery|cleared|healed|ok|okay|success|succeeded|solved|all[ -]clear)"
    r"\s*(\d+\s*)?([:|\])*]|-\s|$)"
)
#: A status that may also begin the name of some trouble: "closed: the accounting period".
_PERHAPS = re.compile(r"^[\W_]*(closed|fixed|normal|healthy|green|good|done|heartbeat)\s*(\d+\s*)?([:|\])*]|-\s|$)")
#: What makes a reassuring statement say nothing, or the opposite, within its clause.
_UNSURE = re.compile(
    r"((?<![\w-])(not|never|neither|hardly|barely|nobody|none|until|unless|if|when|once|before|whether|should|must"
    r"|cannot|\w+n't|be|to|unable|nothing but|far from|instead of|partly|partially|last|previous(ly)?|only|some"
    r"|\d+ of( the)? \d+)(?![\w-])|\?)[^.;:\n]{0,30}$|(?<![\w-])(no|without|0) (\w+ )?$"
)
#: Severities that page nobody.
_QUIET = frozenset({"info", "informational", "information", "ok", "okay", "debug", "success", "none", "p5"})
_LONGEST = 4000


def says_all_is_well(signal: Signal) -> bool:
    """Whether a signal says that all is well: its title or reason, or its text where these state nothing.

    So does one of a severity that pages nobody, unless it states a cause of trouble. A text with a payload is not
    searched.
    """
    text = "" if signal.context else signal.text[:_LONGEST]
    return _says_all_is_well(signal.summary, signal.reason, signal.severity, text)


@functools.lru_cache(maxsize=4096)
def _says_all_is_well(summary: str, reason: str, severity: str, text: str) -> bool:
    if any(_reassures(part) for part in (summary, reason)):
        return True
    if severity.strip().casefold() not in _QUIET and not _stated(text, _STATEMENT):
        return False
    return not any(causes_in(part) for part in (summary, reason, text))


def _reassures(text: str) -> bool:
    plain = " ".join(text[:_LONGEST].casefold().split())
    if _STATUS.match(plain):
        return True
    clauses = [clause for part in _CLAUSES.split(plain) if (clause := part.strip())]
    left = _not_over(clauses)
    if len(left) < len(clauses) and not causes_in("; ".join(left)):
        return True
    return bool(_PERHAPS.match(plain) or _stated(plain, _STATEMENT)) and not causes_in(text)


def _not_over(clauses: Iterable[str]) -> list[str]:
    """The clauses without those that say of some trouble that it is over, and the trouble that they say it of."""
    left: list[str] = []
    for clause in clauses:
        if _OVER_BEFORE.fullmatch(clause) or (_THROUGH_BEFORE.fullmatch(clause) and _late_only(left[-1:])):
            del left[-1:]
        elif not _stated(clause, _OVER) and not (_stated(clause, _THROUGH) and _late_only([*left[-1:], clause])):
            left.append(clause)
    return left


def _late_only(clauses: Iterable[str]) -> bool:
    return not _WRONG & causes_in("; ".join(clauses))


def _stated(text: str, statement: re.Pattern[str]) -> bool:
    plain = " ".join(text.replace("_", " ").casefold().split())
    return any(not _UNSURE.search(plain[: match.start()]) for match in statement.finditer(plain))
