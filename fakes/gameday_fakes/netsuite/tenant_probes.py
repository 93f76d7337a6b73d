"""What is asked of a NetSuite sandbox and of its fake, to see where they differ. Every call reads only."""

from __future__ import annotations

from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.sandbox.verifying import Probe

_SCHEMA = ((b"accept", b"application/schema+json"),)
_TRANSIENT = ((b"prefer", b"transient"),)
_QUERIES = f"{ROOT}/query/v1/suiteql?limit=1"


def _query(name: str, query: str) -> Probe:
    return Probe(name, _QUERIES, "POST", {"q": query}, _TRANSIENT)


PROBES = (
    Probe("governance limits", f"{ROOT}/system/v1/governanceLimits"),
    Probe("a list", f"{ROOT}/record/v1/customer?limit=1"),
    Probe("a list of an unknown type", f"{ROOT}/record/v1/gamedayNoSuchRecord"),
    Probe("a record that is not there", f"{ROOT}/record/v1/salesOrder/999999999"),
    Probe("an external id that is not there", f"{ROOT}/record/v1/salesOrder/eid:gameday-no-such-order"),
    Probe("a limit that is none", f"{ROOT}/record/v1/customer?limit=x"),
    _query("a query", "SELECT id, symbol FROM currency"),
    _query("a query of an unknown column", "SELECT gameday_no_such_column FROM currency"),
    _query("a query that cannot be read", "SELECT FROM"),
    Probe("a query without its header", _QUERIES, "POST", {"q": "SELECT id FROM currency"}),
    *(
        Probe(
            f"fields of {name}",
            f"{ROOT}/record/v1/metadata-catalog/{name}",
            headers=_SCHEMA,
            names=("properties",),
            describes=name,
        )
        for name in ("salesOrder", "customer", "invoice")
    ),
)
