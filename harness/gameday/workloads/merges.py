"""Which account stays when one is merged: decided in the order of time, because an account goes only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gameday.model.workload import BusinessOperation
from gameday.workloads.chance import random_of

MERGE = "merge_accounts"


def with_winners(
    operations: Sequence[BusinessOperation], accounts: Iterable[str], seed: int
) -> Iterator[BusinessOperation]:
    """The operations, in order of time, each merge of a ``loser`` with one of these accounts as its ``winner``.

    An account that has gone by then is the one that is left of it; where no other is left, the merge is left out.
    """
    left = {account: account for account in sorted(accounts)}
    for operation in operations:
        if operation.f != MERGE or "winner" in operation.value:
            yield operation
            continue
        loser = left.setdefault(operation.value["loser"], operation.value["loser"])
        others = sorted(set(left.values()) - {loser})
        if others:
            winner = random_of(seed, "merge", operation.key).choice(others)
            left = {account: winner if now == loser else now for account, now in left.items()}
            yield msgspec.structs.replace(operation, value={"winner": winner, "loser": loser})
