"""Finds commands and files in the project's documents."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: Generated from the code, with the help of every command.
GENERATED = ROOT / "docs" / "reference.md"

#: The languages of blocks that a reader may type.
SHELLS = ("sh", "console", "bash")
_FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_EXITS = re.compile(r"#.*exits with (\d)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name of the file it shows (may be empty), and its text."""

    language: str
    file: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command that a reader may type, without its comment, and the exit code that it should have."""

    line: str
    exit_code: int = 0

    @property
    def words(self) -> list[str]:
        """The command as a shell splits it."""
        return shlex.split(self.line)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in _FENCE.finditer(text):
        language, _, file = match[2].partition(" ")
        yield Block(language, file.strip(), match[3])


def commands(text: str, names: tuple[str, ...] = ("gameday",)) -> Iterator[Command]:
    """The commands in the code blocks of a page, fenced or indented, that begin with one of ``names``."""
    fenced = {line for block in blocks(text) if block.language in SHELLS for line in block.text.split("\n")}
    for line in re.sub(r"\\\n\s*", "", text).split("\n"):
        bare = line.strip()
        is_code = line.startswith("    ") or line in fenced
        if is_code and bare.startswith(tuple(f"{name} " for name in names)):
            yield command(bare)


def command(line: str) -> Command:
    """A line of a page as a command: what follows two blanks or a # is its comment."""
    exits = _EXITS.search(line)
    bare = re.split(r"\s{2,}|\s+# ", line.strip())[0]
    return Command(bare, int(exits[1]) if exits else 0)
