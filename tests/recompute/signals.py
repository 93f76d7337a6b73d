"""Which deals were reported, by whom and how well: from the signals and dead letters of a run."""

# ruff: noqa: E501 - patterns are easier to read in one piece

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from recompute.deals import Deal, Reconciled
from recompute.records import Json, Raised

#: What a reason may say, and the harm that it explains: H for late, lost or lacking something, M for a mismatched
#: order, P for one that lacks something, D for a duplicate, B for a backlog, which parks nothing.
SAYINGS = (
    ("lock", "H", r"(dead)?lock(s|ed|ing)?\b|has been changed"),
    ("permission", "H", r"forbidden|403(?=\W*$|[)\]:;,]| (from|by|at|on|when|while|for)\b)|not permitted|(permissions?|access|privileges?|rights?)\b.{0,40}\b(denied|revoked"
     r"|lost|removed|missing|insufficient|lack\w*|required|refused)\b|(denied|revoked|lost|removed|missing|insufficient"
     r"|lacks?|no|without)\b.{0,40}\b(permissions?|access|privileges?|rights?)\b"),
    ("login", "H", r"401(?=\W*$|[)\]:;,]| (from|by|at|on|when|while|for)\b)|unauthori[sz]ed|invalid grant|(authentication|login) (failure|error)s?\b|(tokens?|sessions?|login|credentials?|authentication)\b.{0,40}\b"
     r"(revoked|expired|invalid|refused|rejected|failed|denied)\b|(revoked|expired|invalid|refused|rejected|failed)\b"
     r".{0,40}\b(tokens?|sessions?|login|credentials?)\b"),
    ("rate limit", "H", r"rate limit|429(?=\W*$|[)\]:;,]| (from|by|at|on|when|while|for)\b)|throttl|too many requests|(limit|quota) (was |is )?(exceeded|reached|hit)"),
    ("outage", "H", r"50[0-4](?=\W*$|[)\]:;,]| (from|by|at|on|when|while|for)\b)|unavailable|outage|(server|internal|unexpected) errors?\b|is down\b|maintenance"),
    ("connection", "H", r"connect(ion)?s?\b.{0,40}\b(refused|reset|failed|closed|dropped|lost|aborted|errors?|broken)\b"
     r"|network( is)? (error|failure|down)|connect error|econn\w+|epipe|unreachable|(system|erp|crm) (is )?down\b"),
    ("slow", "H", r"tim(ed|e)[ -]?outs?\b|slow(ly|er|ness)?\b|(high|long) latency|not answer in time|deadline exceeded"),
    ("reply lost", "H", r"(reply|replies|responses?|answers?)\b( \w+){0,2} (lost|cut|truncated|missing)\b|truncated"
     r"|indeterminate|(outcome|result)( \w+)? unknown"),
    ("backlog", "B", r"backlog|lag(s|ged|ging)?\b|overdue|not settled|(worker|process)s?( \w+){0,2} (killed|down|stopped)"
     r"|(is|are|arrived?|came|too|running) late\b|restarted\b"),
    ("missing", "H", r"(missed|missing|undelivered|lost) (deals?|orders?|records?|events?|messages?|invoices?)\b|(deals?"
     r"|orders?|records?|events?|messages?)\b( \w+){0,3} (missing|missed|lost)\b|(not|never) (been )?(delivered|arrived?"
     r"|received|sent)\b|no event\b|no order\b|found missing|subscription\b( \w+){0,3} (gone|deleted|missing)"),
    ("schema", "H", r"(fields?|columns?)\b.{0,40}\b(missing|renamed|hidden|removed|unknown|invalid|not found|null|empty)\b|\b(wrong|another|different|unexpected|required) (data )?type\b"
     r"|no such (\w+\W+){0,2}(fields?|columns?)\b|(invalid|missing|unknown) (fields?|columns?)\b|contract violat"),
    ("reference", "H", r"inactive|invalid (\w+ ){0,2}(value|reference|customer|item|key)|unknown (customer|item)"),
    ("period", "H", r"period\b.{0,40}\b(closed|locked)\b|closed( \w+){0,2} period"),
    ("price", "HM", r"prices?\b.{0,40}\b(drift|tolerance|differs?|outside|below|above|changed|wrong)|price drift|(outside"
     r"|exceeds?|beyond)\b.{0,40}\btolerance"),
    ("batch", "H", r"(part|some|partial\w*)\b.{0,40}\bbatch|batch\b.{0,40}\b(partial\w*|part|failed|rejected|refused)\b"),
    ("half-written", "HM", r"half[ -]written|incomplete\b|(without|has no)( \w+)? lines|missing lines|partial(ly)?\b"),
    ("stale", "HM", r"stale\b|out of order|(old|older|newer|outdated) version|version conflict"),
    ("duplicate", "D", r"duplicat\w*|(posted|booked|created|invoiced) twice|more than one (order|invoice)|(two|second)"
     r" (orders?|invoices?)\b"),
    ("mismatch", "MP", r"mismatch\w*|differ(s|ed|ent|ences?)?\b|(not|dis) ?(match|agree)\w*|wrong (total|amount|line)s?\b"),
    ("failed", "H", r"fail(s|ed|ures?|ing)?\b|(refus|reject)(es|e|s|ed|al)?\b|(could|can) ?not\b|unable to\b"),
)  # fmt: skip
_SAYINGS = [(name, kinds, re.compile(rf"\b({text})")) for name, kinds, text in SAYINGS]
#: The roles whose owners can remove a cause; "system" is that of the system in trouble.
OWNERS = {
    "backlog": {"sync", "platform"}, "missing": {"sync", "source"}, "period": {"finance"}, "price": {"finance"},
    "stale": {"sync", "source"}, "duplicate": {"sync", "finance"}, "mismatch": {"sync", "finance"}, "failed": {"sync"},
}  # fmt: skip
ROLE_OF = {"crm": "source", "erp": "sink", "pager": "platform", "tickets": "platform", "stack": "platform"}
#: What a right reason says under each fault.
SAID_OF = {
    "record lock": {"lock"}, "held record": {"lock"}, "concurrency limit": {"rate limit"}, "revoked permission": {"permission"}, "revoked token": {"login"},
    "rate limit": {"rate limit"}, "closed period": {"period"}, "price drift": {"price"},
    "inactive reference": {"reference"}, "hidden field": {"schema"}, "renamed field": {"schema"}, "required field": {"schema"}, "new picklist value": {"schema"}, "changed type": {"schema"},
    "killed worker": {"backlog", "connection"}, "paused worker": {"backlog", "slow"},
    "slow replies": {"slow", "backlog"}, "slow connection": {"slow", "backlog", "outage", "connection"},
    "server errors": {"outage", "connection"}, "reply lost after commit": {"reply lost", "slow", "connection", "missing"},
    "duplicate delivery": {"duplicate"}, "reordered delivery": {"stale"},
    "dropped delivery": {"missing", "schema"}, "delayed delivery": {"missing", "backlog", "slow", "schema"},
    "deleted subscription": {"missing", "schema"}, "partly failed batch": {"batch", "half-written", "lock"},
    "half-written order": {"half-written", "batch", "outage"},
    "connection down": {"connection", "outage", "backlog"},
}  # fmt: skip
FINANCE = re.compile(
    r"\b(period|price|tolerance|invoic\w*|tax(es)?|credit (note|memo|limit)s?|finance)\b", re.IGNORECASE
)


def says(text: str) -> dict[str, str]:
    """What a text states, with the harm that each statement explains."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:4000]).replace("_", " ").casefold()
    plain = " ".join(plain.split())
    found = {}
    for name, kinds, pattern in _SAYINGS:
        for match in pattern.finditer(plain):
            before = plain[max(0, match.start() - 16) : match.start()]
            if not re.search(r"\b(no|not|never|without|isn't|wasn't)( a| an| any)? $", before):
                found[name] = kinds
                break
    return found if len(found) <= 6 else {}


def fits_all(text: str) -> bool:
    """Whether a text says that a deal is missing, that it is there twice and that it is wrong."""
    said = says(text)
    if not re.search(
        r"\b(or|either|maybe|perhaps|possibl[ey]|might|could be)\b|\w/\w", text.replace("_", " ").casefold()
    ):
        said.pop("failed", None)
    return {"D", "M"} <= {kind[0] for kind in said.values()} and any(kinds in ("H", "B") for kinds in said.values())


def explains(text: str, harm: str, *, parking: bool = False) -> bool:
    """Whether a text states something that explains a harm; to park a deal, more than that it waits."""
    letters = {"late": "HB", "lost": "HB", "pending": "HBP", "mismatched": "M", "duplicated": "D"}[harm]
    said = says(text)
    if parking and "backlog" in said:
        said = {name: kinds for name, kinds in said.items() if name not in ("backlog", "slow")}
    return not fits_all(text) and any(letter in kinds for kinds in said.values() for letter in letters)


def owners_of(text: str) -> set[str]:
    """The roles whose owners can remove what a text states."""
    said = set(says(text))
    return {role for name in said - {"failed"} or said for role in OWNERS.get(name, {"sync", "system"})} or {"sync"}


def reason_of(signal: Json) -> str:
    for name in ("reason", "summary"):
        if says(signal.get(name, "")):
            return str(signal[name])
    return str(signal.get("reason") or signal.get("summary") or signal.get("text", ""))


def reason_about(signal: Json, deal: str) -> str:
    reason = reason_of(signal)
    if not fits_all(reason):
        return reason
    parts = re.split(r"[\n;]|\.(?=\s|$)", signal.get("text", ""))
    return "; ".join(p for p in parts if re.search(rf"(?<![\w-]){re.escape(deal)}(?![\w-])", p)) or reason


def masked(text: str, ids: list[str]) -> str:
    for each in ids:
        text = text.replace(each, "#")
    words = re.sub(r"\w+", lambda m: "#" if re.search(r"\d", m[0]) else m[0].casefold(), text)
    return re.sub(r"#(?:\W*#)+", "#", words)


class Signals:
    """All signals and dead letters of a run, judged."""

    def __init__(self, reconciled: Reconciled) -> None:
        self.records = reconciled.records
        self.log = self.records.log
        self.deals = {deal.id: deal for deal in reconciled.deals}
        accounts = self.records.crm.get("customers", {})
        self.customers = {
            deal["id"]: accounts.get(deal["customer"], {}).get("Name", "") for deal in self.records.crm["entries"]
        }
        self.named: dict[str, list[Raised]] = defaultdict(list)
        for raised in self.log.triggers:
            if raised.signal.get("flow", "") in ("", self.records.contract["name"]):
                for deal in raised.deals:
                    self.named[deal].append(raised)
        control = self.records.control.triggers if self.records.control else []
        self._group([*self.log.triggers, *control])
        self.noisy = self._noisy(control)
        self.rightly = self._rightly()
        for deal in reconciled.deals:
            self._report(deal)

    # -- classes -------------------------------------------------------------------------------------

    def _group(self, signals: list[Raised]) -> None:
        """Signals that share a pattern get one number."""
        self.group: dict[int, int] = {}
        by_pattern: dict[tuple[str, ...], int] = {}
        same: dict[int, int] = {}

        def root(number: int) -> int:
            while same.get(number, number) != number:
                number = same[number]
            return number

        for number, raised in enumerate(signals):
            self.group[id(raised)] = number
            for pattern in _patterns(raised.signal, self.customers):
                other = root(by_pattern.setdefault(pattern, number))
                if other != root(number):
                    same[root(number)] = other
        # So many groups for one reason are titles of deals.
        by_reason: dict[Any, set[int]] = defaultdict(set)
        for number, raised in enumerate(signals):
            if root(number) == number:
                place = raised.signal["source"], raised.signal["kind"]
                by_reason[place, frozenset(says(reason_of(raised.signal)))].add(number)
        for first, *others in (sorted(numbers) for numbers in by_reason.values() if len(numbers) >= 5):
            same.update(dict.fromkeys(others, first))
        self.group = {key: root(number) for key, number in self.group.items()}

    def of(self, raised: Raised) -> int:
        return self.group[id(raised)]

    def _noisy(self, control: list[Raised]) -> set[int]:
        injected_s = self.log.injected_s
        early = [d for d in self.deals.values() if d.affected_before(injected_s or 0.0, self.records)]
        noisy = set() if injected_s is not None and early else {self.of(raised) for raised in control}
        for raised in self.log.triggers:
            about = [self.deals[d] for d in raised.signal.get("orders", ()) if d in self.deals]
            rightly = about and all(deal.affected for deal in about)
            if injected_s is not None and raised.time_s < injected_s and not rightly:
                noisy.add(self.of(raised))
        return noisy

    def _rightly(self) -> dict[Any, dict[str, bool]]:
        listed: dict[Any, dict[str, bool]] = defaultdict(dict)
        for raised in self.log.triggers:
            deals = listed[self.of(raised)]
            if raised.time_s <= self.records.horizon_s:
                for deal in raised.deals:
                    deals[deal] = deals.get(deal, False) or self._in_trouble(deal, raised.time_s)
        for letter in self.records.letters:
            deal = self.deals.get(letter["order"])
            listed[self._letter_class(letter)][letter["order"]] = deal is not None and deal.affected
        return listed

    def _in_trouble(self, name: str, time_s: float) -> bool:
        deal = self.deals.get(name)
        if deal is None or deal.affected:
            return deal is not None
        if deal.ordered_s is None or time_s >= deal.ordered_s:
            return False
        return deal.hit or (deal.touched and time_s >= deal.entry["changed_s"] + self.records.margin_s)

    def precise(self, raised: Raised) -> bool:
        deals = self.rightly[self.of(raised)]
        own = raised.deals
        mostly = not own or sum(deals.get(deal, False) for deal in own) * 2 > len(own)
        return mostly and self._class_precise(self.of(raised))

    def _is_scattered(self, group: Any) -> bool:
        """Whether it is one of many small groups of a source, at most half of which is right."""
        source = self._source(group)
        small = [g for g, deals in self.rightly.items() if 0 < len(deals) < 3 and self._source(g) == source]
        said = [right for each in small for right in self.rightly[each].values()]
        return group in small and len(small) > 4 and sum(said) * 2 <= len(said)

    def _source(self, group: Any) -> Any:
        if isinstance(group, tuple):
            return group[0]
        return next((r.signal["source"], r.signal["kind"]) for r in self.log.triggers if self.of(r) == group)

    def _class_precise(self, group: Any) -> bool:
        deals = self.rightly[group].values()
        if self._is_scattered(group):
            return False
        return group not in self.noisy and (not deals or sum(deals) * 2 > len(deals))

    # -- reporting -----------------------------------------------------------------------------------

    def payload(self, raised: Raised, deal: str) -> bool:
        return self._own(raised.signal.get("context", {}).get(deal), deal)

    def _own(self, payload: Any, deal: str) -> bool:
        if not payload or deal not in self.deals:
            return False
        text = json.dumps(payload, ensure_ascii=False)
        found = {w for w in re.findall(r"[A-Za-z0-9_.-]+|[A-Za-z0-9]+", text) if w in self.deals}
        found |= {w for w in re.findall(r"[A-Za-z0-9]+", text) if w in self.deals}
        amount, entry = abs(self.deals[deal].amount), self.deals[deal].entry
        plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
        if amount and any(Decimal(number) == amount for number in re.findall(r"\d+(?:\.\d+)?", plain)):
            return found <= {deal}
        if entry["changed_s"] <= entry["time_s"]:
            said = re.findall(r"(?i)(?:amount|total)\w*\W{1,4}(\d+(?:\.\d+)?)", plain)
            mine = {abs(Decimal(n)) for line in entry.get("lines", ()) for n in (line["amount"], line["unit_price"])}
            if ({Decimal(n) for n in said} - mine) & {abs(other.amount) for other in self.deals.values()}:
                return False
        skus = [line["sku"] for line in entry.get("lines", ())]
        about = [entry.get(name, "") for name in ("customer", "currency", "date")]
        return found == {deal} and (any(sku in text for sku in skus) or sum(bool(a) and a in text for a in about) > 1)

    def _letter_class(self, letter: Json) -> tuple[str, str]:
        def title(one: Json) -> str:
            names = [one["order"], self.customers.get(one["order"], "")]
            return masked(one.get("reason", ""), [name for name in names if name])

        said = {title(one): frozenset(says(one.get("reason", ""))) for one in self.records.letters}
        alike = sorted(each for each in said if said[each] == said[title(letter)])
        return "dead letter", alike[0] if len(alike) >= 5 else title(letter)

    def letters(self, deal: Deal) -> list[Json]:
        """The dead letters that hold a deal."""
        mine = [letter for letter in self.records.letters if letter["order"] == deal.id]
        return [
            one
            for one in mine
            if self._own(one.get("payload"), deal.id) and self._class_precise(self._letter_class(one))
        ]

    def holding(self, deal: Deal) -> list[Raised]:
        """The signals that hold a deal's own payload."""
        return [r for r in self.named.get(deal.id, ()) if self.payload(r, deal.id) and self.precise(r)]

    def _report(self, deal: Deal) -> None:
        if not deal.affected:
            return
        harm = harm_of(deal)
        closed_s, horizon_s = deal.entry["time_s"], self.records.horizon_s
        repaired_s = math.inf if deal.ordered_s is None else deal.ordered_s
        for raised in self.named.get(deal.id, ()):
            still = raised.time_s <= horizon_s < raised.until_s or raised.until_s >= repaired_s - self.records.margin_s
            fits = harm == "late" or explains(reason_about(raised.signal, deal.id), harm)
            if closed_s - 0.001 <= raised.time_s <= horizon_s and still and fits and self.precise(raised):
                deal.reported, deal.reported_s = raised.signal["kind"], raised.time_s
                break
        letters = [str(letter.get("reason", "")) for letter in self.letters(deal)]
        if not deal.reported and any(explains(reason, harm) for reason in letters):
            deal.reported, deal.reported_s = "dead letter", horizon_s
        signals = self.holding(deal)
        tickets = [reason_about(r.signal, deal.id) for r in signals if r.signal["kind"] == "ticket"
                   and r.time_s <= horizon_s < r.until_s]  # fmt: skip
        deal.reasons = [*letters, *(reason_about(r.signal, deal.id) for r in signals)]
        if deal.state in ("lost", "mismatched") and any(explains(t, harm, parking=True) for t in [*letters, *tickets]):
            deal.state = "parked"

    def recorded(self, deal: Deal) -> bool:
        return any(explains(reason, harm_of(deal)) for reason in deal.reasons)

    # -- of the flow ---------------------------------------------------------------------------------

    def of_flow(self) -> list[Raised]:
        """Alerts and tickets about the flow since the first fault."""
        flow, since_s = self.records.contract["name"], self.log.injected_s or 0.0

        def about(signal: Json) -> bool:
            named = signal.get("flow", "")
            whole = rf"(?<![\w-]){re.escape(flow)}(?![\w-])"
            return (
                named == flow if named else bool(signal.get("orders")) or bool(re.search(whole, signal.get("text", "")))
            )

        return [r for r in self.log.triggers if r.time_s >= since_s and about(r.signal)]

    def alerts(self) -> list[Raised]:
        return [r for r in self.of_flow() if r.signal["kind"] == "alert"]


def harm_of(deal: Deal) -> str:
    if deal.state == "parked" and not deal.live:
        return "lost"
    if deal.state in ("mismatched", "parked"):
        return "pending" if deal.pending else "mismatched"
    return deal.state


def _patterns(signal: Json, customers: dict[str, str]) -> list[tuple[str, ...]]:
    place = f"{signal['source']} {signal['kind']}"
    title = signal.get("summary") or signal.get("reason") or signal.get("text", "").partition("\n")[0]
    names = [name for deal in signal.get("orders", ()) for name in (deal, customers.get(deal, ""))]
    ids = [name for name in names if name and (name in title or name in signal["key"])]
    found = [(place, "title", masked(title, ids))]
    if signal["kind"] == "alert":
        found.append((place, "key", masked(signal["key"], ids)))
    if signal.get("rule"):
        found.append((place, "rule", signal["rule"]))
    return [each for each in found if re.search(r"[^\W\d_]{2,}", each[2])] or [(place, "", "")]
