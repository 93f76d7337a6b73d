"""Two sets of rows are compared by sums of their digests, in memory or on disk, at once or in passes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gameday.reconcile import buckets, database
from gameday.reconcile.buckets import Kept, find_differing, keep
from gameday.reconcile.database import Database

pytestmark = pytest.mark.needs("duckdb")

ROWS = 2_000
#: The keys that differ: ours alone, theirs alone, another digest, twice in both.
OURS, THEIRS, OTHER, TWICE = 11, 5_000, 500, 1_500
_AS_KEPT = "SELECT hash(i) AS kh, {digest} AS digest, true AS start, true AS counted FROM ({rows})"


@pytest.fixture(params=[("memory", 10**9), ("disk", -1)], ids=lambda kind: kind[0])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Database]:
    monkeypatch.setattr(database, "IN_MEMORY_BYTES", request.param[1])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ExitStack() as stack:
        yield Database([], stack)


@pytest.mark.parametrize("keys_a_pass", [10**9, 600, 10])
def test_what_differs_or_is_twice_is_found_in_any_number_of_passes(
    store: Database, monkeypatch: pytest.MonkeyPatch, keys_a_pass: int
) -> None:
    monkeypatch.setattr(buckets, "KEYS_A_PASS", keys_a_pass)
    both = f"SELECT range AS i FROM range({ROWS}) WHERE range != {OURS} UNION ALL SELECT {TWICE}"
    ours, theirs = Kept("c", lines=False), Kept("e", lines=False)
    keep(store, ours, _AS_KEPT.format(digest="hash(i, 1)", rows=f"{both} UNION ALL SELECT {OURS}"))
    changed = f"hash(i, CASE WHEN i = {OTHER} THEN 2 ELSE 1 END)"
    keep(store, theirs, _AS_KEPT.format(digest=changed, rows=f"{both} UNION ALL SELECT {THEIRS}"))
    find_differing(store, "found", ours, theirs)
    known = {store.run(f"SELECT hash({key})")[0][0]: key for key in (OURS, THEIRS, OTHER, TWICE)}
    assert sorted(known[kh] for (kh,) in store.run("SELECT kh FROM found")) == sorted(known.values())
