"""The corpus: a folder of failures that searches have found, each a feature with its postmortem and its record."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.explore.feature import feature_text
from gameday.explore.finding import Finding
from gameday.scoring.new_folder import slug

RECORD = ".json"
#: What of a replay's run folder is copied beside the feature.
POSTMORTEM = "postmortem.md"


class Kept(msgspec.Struct, frozen=True):
    """A finding with the stack that it was found in, and the seed of its search."""

    stack: str
    search_seed: int
    finding: Finding


class Corpus:
    """One folder of findings."""

    def __init__(self, folder: Path, stack: str, search_seed: int) -> None:
        self.folder = folder
        self._stack = stack
        self._search_seed = search_seed

    def known(self) -> list[Finding]:
        """The findings of earlier searches of this stack. Raises GamedayError for a file that is none."""
        found = []
        for path in sorted(self.folder.glob(f"*{RECORD}")):
            try:
                kept = json_text.decode(path.read_bytes(), Kept)
            except (OSError, json_text.Unreadable) as problem:
                raise GamedayError(f"{path} is not a finding: {problem}", hint="give --corpus another folder") from None
            if kept.stack == self._stack:
                found.append(kept.finding)
        return found

    def add(self, finding: Finding) -> Path:
        """Write a finding; the path of its feature."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise GamedayError(f"cannot make the folder {str(self.folder)!r}: {problem.strerror}") from None
        path = self._free(finding)
        text = feature_text(
            finding.schedule,
            finding.expectations,
            title=finding.signature.title,
            notes=[
                f"Found by gameday explore --stack {self._stack} --seed {self._search_seed} --mode {finding.mode}.",
                f"Run again in this mode, it failed {finding.rate} times. Replay it with:",
                f"gameday run {path.name} --stack {self._stack} --seed {finding.schedule.seed}",
            ],
        )
        write_whole(path, text.encode())
        record = Kept(self._stack, self._search_seed, finding)
        write_whole(path.with_suffix(RECORD), msgspec.json.format(msgspec.json.encode(record)) + b"\n")
        return path

    def add_postmortem(self, feature: Path, run_dir: Path) -> None:
        """Copy the postmortem of a feature's replay beside it."""
        if (run_dir / POSTMORTEM).is_file():
            shutil.copyfile(run_dir / POSTMORTEM, feature.with_suffix(f".{POSTMORTEM}"))

    def _free(self, finding: Finding) -> Path:
        signature = finding.signature
        name = slug(" ".join((signature.broken, signature.harm, *signature.faults)))
        number = 1
        while (path := self.folder / f"{name}{'' if number == 1 else f'-{number}'}.feature").exists():
            number += 1
        return path
