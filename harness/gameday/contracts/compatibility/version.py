"""Semantic versions, and which step was taken from one to the next (semver.org 2.0.0)."""

from __future__ import annotations

import re

import msgspec

from gameday.contracts.compatibility.change import Step

_NUMBER = r"(?:0|[1-9]\d{0,17})"
_IDENTIFIER = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"v?(?P<core>{_NUMBER}\.{_NUMBER}\.{_NUMBER})"
    rf"(?:-(?P<pre>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


class Version(msgspec.Struct, frozen=True):
    """Major, minor, patch, and the parts of a pre-release, which comes before its release."""

    core: tuple[int, int, int]
    pre: tuple[tuple[bool, int, str], ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """What versions are ordered by."""
        return (*self.core, not self.pre, self.pre)


def parse_version(text: str) -> Version | None:
    """A version, or None for what is not semantic; build metadata does not count."""
    match = _SEMVER.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch = (int(number) for number in match["core"].split("."))
    parts = match["pre"].split(".") if match["pre"] else []
    # Numbers come before words, and count as numbers.
    pre = tuple((not part.isdigit(), int(part[:18]) if part.isdigit() else 0, part) for part in parts)
    return Version((major, minor, patch), pre)


def step_between(old: Version, new: Version) -> Step:
    """The step that was taken; ``none`` if the version stayed or went back.

    Before 1.0.0 the second number is the one that says "breaking", as everyone uses it. A pre-release promises nothing,
    so on the way to its release the step is that of the release itself: from 2.0.0-rc.1 to 2.0.0-rc.2 is major.

    >>> step_between(Version((1, 4, 0)), Version((2, 0, 0))), step_between(Version((0, 4, 0)), Version((0, 5, 0)))
    ('major', 'major')
    """
    if new.order <= old.order:
        return "none"
    if old.core == new.core:
        _, minor, patch = new.core
        return "patch" if patch else "minor" if minor else "major"
    changed = next(index for index in range(3) if old.core[index] != new.core[index])
    if old.core[0] == new.core[0] == 0:
        changed -= 1
    steps: tuple[Step, ...] = ("major", "minor", "patch")
    return steps[changed]
