"""Reading the little SOAP that there is: logins and acknowledgements. With expat, which fetches nothing."""

from __future__ import annotations

from xml.parsers import expat


class BadXml(ValueError):
    """It is not XML, or XML that nobody sends in good faith."""


def texts(body: bytes) -> dict[str, str]:
    """The text of every element that has one, by its name without prefix; of repeated ones the last. Raises BadXml."""
    found: dict[str, str] = {}
    path: list[str] = []
    text: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        text.clear()

    def end(_: str) -> None:
        content = "".join(text).strip()
        name = path.pop()
        if content:
            found[name] = content
        text.clear()

    def refuse(*_: object) -> None:
        raise BadXml("a message declares no entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        raise BadXml(str(problem)) from None
    return found
