"""Valid input in samples/, one file for each kind; a file may hold several, with a line of ==== between them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"


def samples(name: str) -> tuple[bytes, ...]:
    """The samples of a kind."""
    return tuple((FOLDER / f"{name}.txt").read_bytes().removesuffix(b"\n").split(b"\n====\n"))


def with_crlf(those: Iterable[bytes]) -> tuple[bytes, ...]:
    """The same with the line ends of the Internet's protocols."""
    return tuple(each.replace(b"\n", b"\r\n") for each in those)
