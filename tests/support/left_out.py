"""Modules that a choice of marks leaves out as a whole are not imported.

The fast suite leaves out every test of some eighty modules. To import them and to list their tests took an eighth of
its collection, in each worker.
"""

from __future__ import annotations

import re
from pathlib import Path

#: The marks of a module, where they stand in one line.
_MARKS = re.compile(r"^pytestmark = (.*)$", re.MULTILINE)


def is_left_out(module: Path, expression: str) -> bool:
    """Whether a mark of the whole module is one that an expression (``-m``) demands not to be there.

    Only what is joined by ``and`` alone is looked at: of any other expression pytest leaves the tests out by itself.
    """
    if module.suffix != ".py" or "(" in expression or " or " in expression:
        return False
    unwanted = [part.removeprefix("not ") for part in expression.split(" and ") if part.startswith("not ")]
    found = _MARKS.search(module.read_text(encoding="utf-8")) if unwanted else None
    return found is not None and any(re.search(rf"\bpytest\.mark\.{re.escape(name)}\b", found[1]) for name in unwanted)
