"""Compares two large sets of rows by their digests: first added up by bucket, then key by key where the sums differ.

A set is a query that gives for each row ``kh`` (the hash of its key), ``digest``, ``counted`` (whether it has to be in
the other set too) and ``start`` (whether a document begins with it). Sums and counts do not depend on the order of
rows; sums of hashes are equal only by a chance of 1 in 2**64 if the rows are not. Names in queries are all our own.
"""

from __future__ import annotations

from typing import NamedTuple

from gameday.reconcile.database import Database

#: So many keys are in a bucket on average, of at most so many buckets.
KEYS_A_BUCKET, MOST_BUCKETS = 64, 1 << 21
#: So many keys at most are counted one by one at a time: beyond that the counts would not fit into memory, and written
#: to disk and back again and again they take longer than reading the keys once more.
KEYS_A_PASS = 12_000_000


class Kept(NamedTuple):
    """A set that is kept in a table: 16 bytes a row, and two more where rows are not all ``counted`` documents.

    ``lines``: some rows are further lines of a document; ``uncounted``: some documents need not be in the other set.
    """

    table: str
    lines: bool
    uncounted: bool = False

    @property
    def sums(self) -> str:
        """What has to be equal of two sets."""
        counted = " FILTER (counted)" if self.uncounted else ""
        both = " AND ".join(["counted"] * self.uncounted + ["start"] * self.lines)
        documents = f" FILTER ({both})" if both else ""
        return f"count(*){counted} AS n, count(*){documents} AS documents, sum(digest){counted} AS digests"

    @property
    def is_start(self) -> str:
        """Whether a document begins with a row."""
        return "start" if self.lines else "true"


def keep(database: Database, kept: Kept, rows: str) -> None:
    """Keep a set, less the rows that are compared with nothing: those not counted, but for ``uncounted`` documents."""
    names = ["kh", "digest", *(["start"] if kept.lines else []), *(["counted"] if kept.uncounted else [])]
    where = "counted OR start" if kept.uncounted else "counted"
    database.run(f"CREATE TABLE {kept.table} AS SELECT {', '.join(names)} FROM ({rows}) WHERE {where}")  # noqa: S608


def find_differing(database: Database, table: str, ours: Kept, theirs: Kept) -> None:
    """Make a table of the keys (``kh``) on which two sets differ, or of which ours has two documents."""
    ((keys,),) = database.run(
        f"SELECT greatest((SELECT count(*) FROM {ours.table}), (SELECT count(*) FROM {theirs.table}))"  # noqa: S608
    )
    bucket = f"kh & {min(MOST_BUCKETS, 1 << max(4, (keys // KEYS_A_BUCKET).bit_length())) - 1}"
    for kept in (ours, theirs):
        database.run(
            f"CREATE TABLE {kept.table}_buckets AS SELECT {bucket} AS bucket, {kept.sums} "  # noqa: S608
            f"FROM {kept.table} GROUP BY 1"
        )
    database.run(
        f"CREATE TABLE {table}_buckets AS {_different('bucket', f'{ours.table}_buckets', f'{theirs.table}_buckets')}"
    )
    for kept in (ours, theirs):
        database.run(
            f"CREATE TABLE {kept.table}_keys AS SELECT kh, {kept.sums} FROM {kept.table} "  # noqa: S608
            f"WHERE ({bucket}) IN (SELECT bucket FROM {table}_buckets) GROUP BY 1"
        )
    database.run(f"CREATE TABLE {table} AS {_different('kh', f'{ours.table}_keys', f'{theirs.table}_keys')}")
    for kept in (ours, theirs):
        database.run(f"DROP TABLE {kept.table}_buckets")
        database.run(f"DROP TABLE {kept.table}_keys")
    # Where both have a key twice, the sums agree.
    passes = 1 << (keys // KEYS_A_PASS).bit_length()
    for number in range(passes):
        database.run(
            f"INSERT INTO {table} SELECT kh FROM {ours.table} WHERE {ours.is_start} "  # noqa: S608
            f"AND (kh & {passes - 1}) = {number} GROUP BY kh HAVING count(*) > 1"
        )


def _different(name: str, ours: str, theirs: str) -> str:
    """The values of a column for which two tables of sums have others; one that has no row has sums of nothing."""
    sums = [", ".join(f"coalesce({table}.{each}, 0)" for each in ("n", "documents", "digests")) for table in ("c", "e")]
    return (
        f"SELECT coalesce(c.{name}, e.{name}) AS {name} FROM {ours} c FULL JOIN {theirs} e "  # noqa: S608
        f"ON c.{name} = e.{name} WHERE ({sums[0]}) IS DISTINCT FROM ({sums[1]})"
    )
