"""Reads the records of a run as plain JSON: amounts as decimals, everything else as it is written."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
#: A title or reason that says that all is well, and so raises nothing.
CALM = re.compile(
    r"^\W*(resolved|recovered|ok|all[ -]clear|heartbeat)\s*([:|\])-]|$)|\ball (is|are) (well|ok|good|fine)\b"
    r"|\beverything is (ok|fine|well)\b|\bback to normal\b",
    re.IGNORECASE,
)


@dataclass
class Write:
    """One committed or refused write at the ERP."""

    kind: str
    order: str
    invoice: str
    outcome: str
    time_s: float
    total: Decimal | None
    content: str
    state: str


@dataclass
class Raised:
    """A signal with its time, its place in the history, and when it was next resolved."""

    signal: Json
    time_s: float
    index: int
    until_s: float = math.inf

    @property
    def name(self) -> tuple[str, str]:
        keys = self.signal.get("route", {}).get("routing_key", ())
        return " ".join([self.signal["source"], *keys]), self.signal["key"]

    @property
    def action(self) -> str:
        """What it does; what says that all is well ends what has its key."""
        calm = any(CALM.search(self.signal.get(name, "")) for name in ("summary", "reason"))
        action = str(self.signal["action"])
        return "resolve" if action == "trigger" and calm else action

    @property
    def deals(self) -> list[str]:
        return list(dict.fromkeys([*self.signal.get("orders", ()), *self.signal.get("context", {})]))


@dataclass
class Log:
    """What a history says, by what it is about."""

    key_of: dict[str, str] = field(default_factory=dict)
    writes: dict[str, list[Write]] = field(default_factory=lambda: defaultdict(list))
    raised: list[Raised] = field(default_factory=list)
    hits: set[str] = field(default_factory=set)
    messages: list[tuple[float, str]] = field(default_factory=list)
    windows: list[tuple[float, float]] = field(default_factory=list)
    acts: list[tuple[float, str]] = field(default_factory=list)
    letters_open: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    exits: list[int] = field(default_factory=list)
    recovery_s: float | None = None
    unread: int = 0
    metrics: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lacks_alerts(self) -> bool:
        """Whether alerts or metrics could not be read: metrics that got an answer once, or that never worked."""
        bad = [each for each in self.metrics if each.get("problem")]
        return bool(self.unread) or any(each["answered"] for each in bad) or (bool(bad) and bad == self.metrics)

    @property
    def triggers(self) -> list[Raised]:
        return [r for r in self.raised if r.action == "trigger"]

    @property
    def injected_s(self) -> float | None:
        return min((start for start, _ in self.windows), default=None)


class Records:
    """One run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scenario, self.contract = self._read("scenario.json"), self._read("contract.json")
        self.info = self._read("run.json")
        self.crm, self.erp = self._read("ledger.crm.json"), self._read("ledger.erp.json")
        self.letters: list[Json] = self._read("dead_letters.json")
        self.log = read_log(folder / "history.jsonl")
        control = folder / "control.jsonl"
        self.control = read_log(control) if control.exists() else None
        self.rates = self._rates() if (folder / "rates.json").exists() else {}
        self.horizon_s: float = self.erp["time_s"]
        latency_s = float(self.contract["sla"]["latency_s"])
        self.latency_s = latency_s
        self.margin_s = max(float(self.contract["margin"]) * latency_s, 0.05 * float(self.info["pace"])) + 0.001

    @property
    def healed_s(self) -> float:
        """When the last fault was healed; 0 without a fault."""
        ends = [end for _, end in self.log.windows]
        if not ends:
            return 0.0
        if math.isfinite(max(ends)):
            return max(ends)
        if self.log.recovery_s is not None:
            return self.log.recovery_s
        return max(i["at_s"] + (i.get("duration_s") or 0.0) for i in self.scenario["injections"])

    def _rates(self) -> dict[str, Decimal]:
        known = self._read("rates.json")
        if not known.get("reporting"):
            return {}
        rates = {rate["currency"]: Decimal(rate["rate"]) for rate in known.get("rates", ())}
        return {"": Decimal(0), known["reporting"]: Decimal(1), **rates}

    def _read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"), parse_float=float)


def read_log(path: Path) -> Log:  # noqa: PLR0912 - a case for each kind of event
    """A history, line by line."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    log = Log()
    ids: dict[str, str] = {}
    for line in lines:
        if line["f"] == "close_deal" and line["outcome"] == "ok" and line["value"].get("deal"):
            ids[line["value"]["key"]] = line["value"]["deal"]
    log.key_of = {deal: key for key, deal in ids.items()}
    known = set(log.key_of)

    def deal_of(name: str) -> str:
        if name in ids or name in known:
            return ids.get(name, name)
        return next((part for part in re.split(r"[^A-Za-z0-9]+", name) if part in known), name)

    open_since: dict[int, float] = {}
    healed: dict[int, float] = {}
    later: list[tuple[Write, str]] = []
    of_order: dict[str, str] = {}
    for line in lines:
        value, outcome, time_s = line["value"], line["outcome"], line["time_s"]
        match line["f"]:
            case "inject" if outcome == "fail":
                open_since.pop(value["injection"], None)
            case "inject":
                open_since.setdefault(value["injection"], time_s)
            case "heal" if outcome == "ok":
                healed[value["injection"]] = time_s
            case "hit" if value.get("order"):
                log.hits.add(deal_of(value["order"]))
            case "deliver" if outcome != "fail":
                log.messages += [(time_s, deal) for deal in value.get("deals", ())]
            case "human" if outcome != "invoke":
                log.acts.append((time_s, value.get("deal", "")))
            case "dead_letters":
                log.letters_open = value.get("open", 0)
            case "requests":
                log.requests[value["system"]] = sum(value.get("operations", {}).values())
            case "exit":
                log.exits.append(value["code"])
            case "phase" if value["phase"] == "recovery" and log.recovery_s is None:
                log.recovery_s = time_s
            case "metrics":
                log.metrics.append(value)
            case "alert" | "ticket":
                log.unread += bool(value.get("problem"))
                if value.get("signal"):
                    log.raised.append(Raised(value["signal"], time_s, line["index"]))
            case "order_write" | "invoice_write" if outcome != "invoke":
                total = value.get("total")
                write = Write(
                    line["f"],
                    value.get("order") or "",
                    value.get("invoice", ""),
                    outcome,
                    time_s,
                    None if total is None else Decimal(str(total)),
                    value.get("content", ""),
                    value.get("state", "open"),
                )
                if value.get("deal"):
                    deal = of_order[write.order] = deal_of(value["deal"])
                    log.writes[deal].append(write)
                else:
                    later.append((write, write.order))
    for write, order in later:
        log.writes[of_order.get(order, "") if order else ""].append(write)
    for writes in log.writes.values():
        writes.sort(key=lambda write: write.time_s)
    log.windows = [(start, healed.get(number, math.inf)) for number, start in sorted(open_since.items())]
    resolved: dict[tuple[str, str], float] = {}
    for raised in reversed(log.raised):
        if raised.action == "resolve":
            resolved[raised.name] = raised.time_s
        raised.until_s = resolved.get(raised.name, math.inf)
    return log
