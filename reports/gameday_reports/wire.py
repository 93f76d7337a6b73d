"""Escapes text from outside (the wire, a file), so that every form of output shows it literally.

Each form of output has one escape, which the template environment applies to every value that is printed, so that no
template can forget it. First, characters that are invisible or that reorder the text around them are written out as
their code points.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from gameday.base.texts import one_line, visible

__all__ = ["code_line", "for_csv", "for_html", "for_markdown", "one_line", "visible"]

# What may begin a construct of CommonMark or of GitHub's extensions within a line, including what is turned into a
# link automatically; and what may begin one at the start of a line.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]|~$@]|(?<=:)//|(?<=\bwww)\.", re.IGNORECASE)
_MARKDOWN_START = re.compile(r"^(?:[#+=]|-(?!\d)|\d+[.)](?=\s|$))")
# Spreadsheets treat the full-width forms like the ASCII ones.
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20|%")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z").match
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def for_html(value: object) -> object:
    """A value as HTML and XML templates print it; their autoescape handles the markup."""
    return value if isinstance(value, Markup) else visible(str(value))


def for_markdown(value: object) -> object:
    """A value as Markdown templates print it: on one line, with all Markdown and HTML escaped.

    >>> str(for_markdown("a|b <i> [x](http://y)"))
    'a\\\\|b &lt;i&gt; \\\\[x\\\\](http:\\\\//y)'
    """
    if isinstance(value, Markup):
        return value
    text = visible(one_line(str(value)))
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    text = _MARKDOWN.sub(r"\\\g<0>", text)
    return Markup(_MARKDOWN_START.sub(_escape_last, text))  # noqa: S704 - all constructs are escaped


def _escape_last(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\{match[0][-1]}"


def for_csv(value: object) -> str:
    """A value as a CSV cell; text that looks like a formula gets an apostrophe in front.

    A number stays a number. A formula begins with ``=``, ``+``, ``-``, ``@``, tab, CR or LF, also after blanks and in
    full-width form (OWASP, "CSV Injection"). Quoting and separators are left to the CSV writer.

    >>> for_csv("=1+1"), for_csv("-12.50"), for_csv(" @x"), for_csv("D-1")
    ("'=1+1", '-12.50', "' @x", 'D-1')
    """
    text = visible(str(value).replace("\r", " ").replace("\n", " ").replace("\t", " "))
    if text.lstrip()[:1] in _FORMULA and not _NUMBER(text):
        return f"'{text}"
    return text


def code_line(value: object) -> Markup:
    """A value for an indented code block of Markdown: one line, in which Markdown has no meaning."""
    return Markup(visible(one_line(str(value))))  # noqa: S704 - an indented line cannot be left
