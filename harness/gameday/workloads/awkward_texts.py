"""Names that break encodings, queries, exports and length limits."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Workload, workload
from gameday.workloads.arrivals import read_params
from gameday.workloads.closed_won import ClosedWonParams, generated
from gameday.workloads.customers import LONGEST_NAME

#: The longest name of a deal that every CRM takes.
LONGEST_DEAL = 120
#: Each is legal in XML, JSON and the vendors' text fields.
TEXTS = (
    "O'Neill & Söhne <Import/Export>",
    '"Quoted", Inc.; DROP TABLE orders;--',
    "=SUM(A1:A9) +49 @here",
    "Zürich 🚀👩‍🚀 Größe",
    "שלום עולם ltd \u200fabc",
    "e\u0301te\u0301 zero\u200bwidth",
    "null",
    "%27 %s {0} ${x} \\n \\u0041",
    "株式会社ナカムラ㈱",
    "&lt;b&gt;&amp;amp;",
)


class AwkwardTextsParams(ClosedWonParams, frozen=True, kw_only=True):
    """The parameters of "closed won"."""


@workload("awkward texts", params=AwkwardTextsParams)
def awkward_texts(spec: WorkloadSpec, seed: int) -> Workload:
    """Generated deals whose names, and those of their customers, have quotes, tags, emoji, scripts and full length."""

    def renamed(index: int, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "name": awkward(index, value["name"], LONGEST_DEAL)}

    made = generated(read_params(AwkwardTextsParams, spec), spec, seed, renamed)
    accounts = tuple(
        msgspec.structs.replace(account, name=awkward(index, account.name, LONGEST_NAME))
        for index, account in enumerate(made.catalog.accounts)
    )
    return Workload(msgspec.structs.replace(made.catalog, accounts=accounts), made.operations)


def awkward(index: int, name: str, longest: int) -> str:
    """A name with one of the texts in it; every third is as long as it may be.

    >>> awkward(0, "Acme", 80)
    "O'Neill & Söhne <Import/Export> Acme xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    """
    text = f"{TEXTS[index % len(TEXTS)]} {name}"
    return (f"{text} ".ljust(longest, "x") if index % 3 == 0 else text)[:longest].rstrip()
