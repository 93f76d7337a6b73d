"""The one way to a terminal: every text from outside is shown literally, on the line that it belongs to.

Names and texts come from files and from the wire. Written as they are, they could move the cursor, colour or hide what
stands around them, begin a line of their own, or be read as the markup of a library. A lint of the project refuses
every other way to print.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from gameday.base.columns import columns, wrapped
from gameday.base.texts import ascii_json, visible

if TYPE_CHECKING:
    from gameday.base.terminal_console import LiteralConsole

#: Width of a table where there is no terminal.
PAPER_WIDTH = 140


class Styled(NamedTuple):
    """A text in a colour of click's, or bold."""

    text: str
    colour: str | None = None
    bold: bool = False


def literal(text: str) -> str:
    """The text as one line of a terminal shows it.

    >>> literal("a\\x1b[2Jb\\nc")
    'a⟨U+001B⟩[2Jb c'
    """
    return visible(text).replace("\n", " ")


def show(*parts: str | Styled, err: bool = False) -> None:
    """Show one line, on standard output or standard error. The parts follow each other without a blank."""
    import click

    line = "".join(
        literal(part) if isinstance(part, str) else click.style(literal(part.text), part.colour, bold=part.bold or None)
        for part in parts
    )
    click.echo(line, err=err)


def show_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Show each of these texts on one line."""
    for line in lines:
        show(line, err=err)


def show_wrapped(text: str, *, indent: str = "", bold: bool = False) -> None:
    """Show a text in lines that fit into the terminal, those after the first indented; one line where there is none."""
    for line in wrapped(literal(text), indent=indent, width=columns()):
        show(Styled(line, bold=bold))


def show_document(text: str) -> None:
    """Print a document as it is, line by line; it ends as it ends."""
    import click

    click.echo(visible(text), nl=False)


def ask(question: str, proposed: Any) -> Any:
    """What somebody answers to a question on standard error, of the type of the answer that is proposed."""
    import click

    return click.prompt(literal(question), default=proposed, err=True)


def show_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON: on one line, or indented by so many blanks."""
    import click
    import msgspec

    encoded = msgspec.json.encode(value, enc_hook=str)
    click.echo(ascii_json((encoded if indent is None else msgspec.json.format(encoded, indent=indent)).decode()))


def console(*, err: bool = False, width: int = PAPER_WIDTH) -> LiteralConsole:
    """A console for tables and live displays; where there is no terminal, as wide as ``width``.

    It knows no markup, and shows every text literally.
    """
    from gameday.base.terminal_console import LiteralConsole

    found = LiteralConsole(stderr=err)
    return found if found.is_terminal or err else LiteralConsole(width=width)


def prepare() -> None:
    """Have standard output show what its encoding lacks as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def forget_output() -> None:
    """Have what is still to be written go nowhere: the reader of standard output has left."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
