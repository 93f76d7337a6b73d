"""Records from a file: JSON lines, CSV or Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gameday.capture.candidate import Candidate, Refused, read_candidate
from gameday.contract import Field
from gameday.errors import GamedayError
from gameday.records.read import read_records
from gameday.records.record import Progress, Rejected


class FileSource:
    """The records of a file, read anew each time. Raises GamedayError if there is none."""

    name = "file"

    def __init__(self, path: Path, fields: Sequence[Field], progress: Progress | None = None) -> None:
        self._path = path
        self._fields = fields
        self._progress = progress

    def read(self) -> Iterator[Candidate | Refused]:
        """Go through all of it."""
        try:
            for found in read_records(self._path, self._fields, progress=self._progress):
                if isinstance(found, Rejected):
                    # Reasons may say at which byte; without that they can be counted.
                    yield Refused(found.line, re.sub(r"\s*\((byte|line|char) [^)]*\)", "", found.reason))
                else:
                    yield read_candidate(found.data, found.line)
        except GamedayError as problem:
            raise self._unquoted(problem) from None

    def _unquoted(self, problem: GamedayError) -> GamedayError:
        """The error without what it quotes: where a header is missing, the first line is a record."""
        path = str(self._path)

        def shown(quoted: re.Match[str]) -> str:
            return quoted[0] if quoted[2] in path else "(not shown)"

        parts = problem.problem.split(path)
        told = path.join(re.sub(r"""(['"])(.*)\1""", shown, part) for part in parts)
        return type(problem)(told, hint=problem.hint)

    def passed_over(self) -> dict[str, int]:
        """Nothing: every line is meant to be a record."""
        return {}
