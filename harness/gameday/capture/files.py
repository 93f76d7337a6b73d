"""Records from a file: JSON lines, CSV or Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.capture.raw_record import RawRecord, Refused, read_raw_record
from gameday.model.contract import Field
from gameday.records.read import read_records
from gameday.records.record import Progress, Rejected

#: The parts of reasons that hold for one line only, and what replaces them.
_PLAIN = (
    (r"\s*\((byte|line|char) [^)]*\)", ""),
    (r"\bline [0-9]+", "a line"),
    (r"\bhas another .*", "differs from it"),
    (r"^it has both .* and fields below it$", "it has both a value and fields below its name"),
)


class FileSource:
    """The records of a file, read anew each time. Raises GamedayError if the file does not exist.

    ``columns`` are the headers of a CSV file by their roles: [deals] of gameday.toml.
    """

    name = "file"

    def __init__(
        self,
        path: Path,
        fields: Sequence[Field],
        progress: Progress | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self._path = path
        self._columns = columns
        self._fields = fields
        self._progress = progress

    def read(self) -> Iterator[RawRecord | Refused]:
        """Go through all of it."""
        try:
            for read in read_records(self._path, self._fields, progress=self._progress, columns=self._columns):
                if isinstance(read, Rejected):
                    yield Refused(read.line, _plain(read.reason))
                else:
                    yield read_raw_record(read.data, read.line)
        except GamedayError as problem:
            raise self._unquoted(problem) from None

    def _unquoted(self, problem: GamedayError) -> GamedayError:
        """The error without its quotations: in a file without a header, the first line is a record."""
        path = str(self._path)

        def shown(quoted: re.Match[str]) -> str:
            return quoted[0] if quoted[2] in path else "(not shown)"

        parts = problem.problem.split(path)
        unquoted = path.join(re.sub(r"""(['"])(.*)\1""", shown, part) for part in parts)
        return type(problem)(unquoted, hint=problem.hint)

    def passed_over(self) -> dict[str, int]:
        """Nothing: every line should be a record."""
        return {}


def _plain(reason: str) -> str:
    """A reason without line and byte numbers, so that equal reasons can be counted, and without field names.

    The name of a field that the contract does not declare may contain customer data.
    """
    for pattern, plain in _PLAIN:
        reason = re.sub(pattern, plain, reason)
    return reason
