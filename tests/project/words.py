"""Finds words that the project does not use: ``python tests/project/words.py [--advice] [PATH ...]``.

The word list and its exemptions are in ``words.toml`` beside this file. It reads documents, features, templates and
settings, and of Python everything: docstrings, comments, messages and identifiers.
"""

from __future__ import annotations

import bisect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("words.toml")
SUFFIXES = frozenset(
    (
        ".py",
        ".md",
        ".feature",
        ".jinja",
        ".html",
        ".css",
        ".js",
        ".mjs",
        ".ambr",
        ".toml",
        ".yaml",
        ".yml",
        ".xml",
        ".csv",
    )
)
#: Between two words of a pattern: blanks, line breaks with the mark of a comment, the quotes of a string in two parts.
_GAP = r"""(?:[\s_#"'>|-]|\*\*){1,60}?"""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z\d])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INSERTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """One entry of the word list. ``write`` is what to write instead; ``advice`` never fails a test."""

    pattern: re.Pattern[str]
    write: str
    cased: bool
    advice: bool


@dataclass(frozen=True)
class Exemption:
    """Where a word may be written: files, and a pattern of the lines."""

    file: str
    text: re.Pattern[str]


@dataclass(frozen=True)
class Finding:
    """A word that is not to be used, where it is, and what to write instead."""

    path: str
    line: int
    word: str
    write: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: "{self.word}": write {self.write}'


@cache
def _list() -> tuple[tuple[Rule, ...], tuple[Exemption, ...]]:
    data = tomllib.loads(LIST.read_text(encoding="utf-8"))
    rules = tuple(
        Rule(_compile(each["pattern"]), each["write"], each.get("cased", False), each.get("advice", False))
        for each in data["word"]
    )
    exemptions = tuple(Exemption(each["file"], re.compile(each["text"])) for each in data.get("exempt", []))
    return rules, exemptions


def _compile(pattern: str) -> re.Pattern[str]:
    # Lookarounds keep their plain blanks: Python wants a fixed width there.
    parts = re.split(r"(\(\?<?!(?:[^()]|\([^()]*\))*\))", pattern)
    spaced = "".join(part if part.startswith("(?<") else part.replace(" ", _GAP) for part in parts)
    return re.compile(rf"(?:{spaced})(?![a-zA-Z])")


def scan(path: str, text: str, *, advice: bool = False) -> Iterator[Finding]:
    """The findings of one text, in order. ``path`` is relative to the project."""
    rules, exemptions = _list()
    exempt = [each.text for each in exemptions if fnmatch(path, each.file)]
    if path.endswith((".jinja", ".html")):
        text = _INSERTED.sub(lambda match: "\n" * match[0].count("\n"), text)
    lines = text.split("\n")
    words = _CAMEL.sub("_", text)
    lower = words.lower()
    if len(lower) != len(words):  # "İ" is two characters in lower case
        lower = "".join(char.lower()[0] for char in words)
    starts = [0]
    for line in words.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    findings = []
    for rule in rules:
        if rule.advice and not advice:
            continue
        # The start of the word is checked after the match: a pattern that begins with a letter is found much faster.
        for match in rule.pattern.finditer(words if rule.cased else lower):
            if match.start() and words[match.start() - 1].isalpha():
                continue
            number = bisect.bisect_right(starts, match.start())
            if not any(each.search(lines[number - 1]) for each in exempt):
                word = " ".join(re.split(r"[\W_]+", words[match.start() : match.end()])).strip()
                findings.append(Finding(path, number, word, rule.write))
    return iter(sorted(findings, key=lambda each: each.line))


def files(paths: Iterable[str] = ()) -> list[str]:
    """The files of the project that people read, relative to it; of folders or files ``paths`` only, if given."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted({name for name in listed if Path(name).suffix in SUFFIXES or Path(name).name == "Makefile"})


def findings(paths: Iterable[str] = (), *, advice: bool = False) -> list[Finding]:
    """All findings in the files of the project, or of some paths."""
    result: list[Finding] = []
    for name in files(paths):
        path = ROOT / name
        if path.is_file():
            result += scan(name, path.read_text(encoding="utf-8"), advice=advice)
    return result


def main(arguments: list[str]) -> int:
    """Print the findings; 1 if there are any."""
    paths = [each for each in arguments if each != "--advice"]
    result = findings([str(Path(each).resolve().relative_to(ROOT)) for each in paths], advice="--advice" in arguments)
    for each in result:
        print(each)  # noqa: T201
    print(f"{len(result)} to rewrite", file=sys.stderr)  # noqa: T201
    return 1 if result else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
