"""Texts in a query: what has to be quoted, what an escape stands for, and what a search for a text matches.

Sources: Atlassian, "Advanced search reference: JQL", reserved characters and reserved words; "Search syntax for text
fields". A character that is escaped for the search of a text is ignored there.
"""

from __future__ import annotations

import re

from gameday_fakes.jira.jql_values import Unsupported

_RESERVED = frozenset("{}*/%+^$#@?;")
#: Words that have to be quoted where they are values.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "abort access add after alias all alter and any as asc audit avg before begin between boolean break by "
        "byte catch cf char character check checkpoint collate collation column commit connect continue count "
        "create current date decimal declare decrement default defaults define delete delimiter desc difference "
        "distinct divide do double drop else encoding end equals escape exclusive exec execute exists explain "
        "false fetch file field first float for from function go goto grant greater group having identified if "
        "immediate in increment index initial inner inout input insert int integer intersect intersection into is "
        "isempty isnull join last left less like limit lock long max min minus mode modify modulo more multiply "
        "next noaudit not notin nowait number object of on option or order outer output power previous prior "
        "privileges public raise raw remainder rename resource return returns revoke right row rowid rownum rows "
        "select session set share size sqrt start strict string subtract sum synonym table then to trans "
        "transaction trigger true uid union unique update user validate values view when whenever where while "
        "with ",
    )
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.?)", re.DOTALL)
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "'": "'", '"': '"', " ": " "}
#: What a text query may have beyond words, their beginnings and phrases.
_OPERATORS = re.compile(r"(?:^|\s)(?:[+!-]\S|OR\s|NOT\s)|[\[\]{}^~:]|&&|\|\|")


def bare(token: str) -> str:
    """What a token says, without its quotes and with its escapes read. Raises ValueError."""
    quoted = token[0] in "\"'"
    if quoted and len(token) < 2:
        raise ValueError("Error in the JQL Query: the quoted string has not been completed.")
    if not quoted and (reserved := next((each for each in token if each in _RESERVED), "")):
        raise ValueError(
            f"Error in the JQL Query: The character '{reserved}' is a reserved JQL character. You must enclose it in a "
            f"string or use the escape '\\u{ord(reserved):04x}' instead."
        )
    return _ESCAPE.sub(_meant, token[1:-1] if quoted else token)


def word(token: str) -> str:
    """What a value says: no reserved word without quotes. Raises ValueError."""
    if token.lower() in _WORDS:
        raise ValueError(
            f"Error in the JQL Query: '{token}' is a reserved JQL word. You must surround it in quotation marks to use "
            "it in a query."
        )
    return bare(token)


def patterns(query: str) -> list[re.Pattern[str]]:
    """The patterns that a text must match: words, beginnings, phrases.

    Raises ValueError for a query without any, Unsupported for operators of Lucene.
    """
    asked = re.findall(r'"((?:[^"\\]|\\.)+)"|((?:[^\s"\\]|\\.)+)', query)
    words = " ".join(re.sub(r"\\.", " ", each) for _, each in asked)
    if operator := _OPERATORS.search(f"{words} "):
        raise Unsupported(f"operator {operator[0].strip()[:3]} in a text")
    found = [_pattern(phrase or each, wild=not phrase) for phrase, each in asked]
    if not any(found) or any(each.startswith(("*", "?")) for _, each in asked):
        raise ValueError(f"The text query '{query}' is not allowed: it has no beginning.")
    return [each for each in found if each]


def _pattern(text: str, *, wild: bool) -> re.Pattern[str] | None:
    """Words that follow each other; None for a text without one."""
    plain = re.sub(r"\\.", " ", text)
    words = [re.escape(each) for each in re.findall(r"[\w*?]+" if wild else r"\w+", plain)]
    if not any(re.search(r"\w", each) for each in words):
        return None
    joined = r"\W+".join(each.replace(r"\*", r"\w*").replace(r"\?", r"\w") for each in words)
    return re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE)


def _meant(escape: re.Match[str]) -> str:
    letter = escape[1]
    if len(letter) == 5:
        return chr(int(letter[1:], 16))
    if letter not in _MEANT:
        raise ValueError(
            f"Error in the JQL Query: '\\{letter}' is an illegal JQL escape sequence. The valid escape sequences are "
            "\\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX."
        )
    return _MEANT[letter]
