"""Queries over records: one SQL engine in memory, which the query languages of all vendors are translated to.

A vendor states its tables (``Source``: columns with types, and the records that they are read from) and translates a
statement of its own language; ``Database`` keeps copies of the tables that queries have named, up to date, and runs
what the translation gives. It is SQLite of the standard library: in process, without threads, stopped by its own
counter of steps, and it reads ten thousand changed rows in a few milliseconds.
"""

from __future__ import annotations

from gameday_fakes.sql.database import Database, TooComplex
from gameday_fakes.sql.limits import TooLong
from gameday_fakes.sql.source import Column, Kind, Source
from gameday_fakes.sql.watched import Watched

__all__ = ["Column", "Database", "Kind", "Source", "TooComplex", "TooLong", "Watched"]
