"""Metrics in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.durable.transport import Transport

Sample = tuple[Mapping[str, str], float]


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> list[str]:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        shown = ",".join(f'{label}="{content}"' for label, content in labels.items())
        lines.append(f"{name}{{{shown}}} {value:g}" if shown else f"{name} {value:g}")
    return lines


def render(store: Store, gates: Mapping[str, Gate], transports: Iterable[Transport], reconciler: Reconciler) -> str:
    """The current values of all metric families."""
    states = store.rows("SELECT state, count(*) AS n FROM deals GROUP BY state")
    oldest = store.row("SELECT min(received_s) FROM deals WHERE state IN ('queued', 'parked')")
    waited_s = store.now_s() - oldest[0] if oldest is not None and oldest[0] is not None else 0.0
    outbox = store.rows("SELECT kind, count(*) AS n FROM outbox GROUP BY kind")
    incidents = store.row("SELECT count(*) FROM incidents WHERE alerted_s > 0")
    unwritten = store.row("SELECT count(*) FROM deals WHERE state = 'done' AND written_back != order_id")
    requests = [
        ({"system": transport.name, "status": status}, float(count))
        for transport in transports
        for status, count in sorted(transport.requests.items())
    ]
    totals = [({"system": s, "currency": c}, float(total)) for (s, c), total in sorted(reconciler.totals.items())]
    lines = [
        *_family("sync_deals", "gauge", "Deals by state.", [({"state": r["state"]}, r["n"]) for r in states]),
        *_family("sync_oldest_unsettled_seconds", "gauge", "Age of the oldest unsettled deal.", [({}, waited_s)]),
        *_family("sync_requests_total", "counter", "Requests by system and status.", requests),
        *_family(
            "sync_gate_open",
            "gauge",
            "1 while the gate is open, 0 while only probes pass.",
            [({"system": name}, float(gate.closed_by is None)) for name, gate in gates.items()],
        ),
        *_family(
            "sync_outbox", "gauge", "Messages not yet delivered.", [({"kind": r["kind"]}, r["n"]) for r in outbox]
        ),
        *_family("sync_incidents", "gauge", "Open incidents.", [({}, incidents[0] if incidents else 0)]),
        *_family("sync_write_back_pending", "gauge", "Not written back.", [({}, unwritten[0] if unwritten else 0)]),
        *_family("sync_reconciled_total", "gauge", "Totals of the last reconciliation.", totals),
    ]
    return "\n".join(lines) + "\n"
