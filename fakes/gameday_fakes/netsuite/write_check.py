"""Checks the bodies of writes against a JSON Schema, as an account's form would refuse them. No HTTP here.

Texts of errors: Oracle's NetSuite help, "Error Handling in REST Web Services"; none of them quotes a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes import write_check
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.write_check import Written, place

TOTAL = "total"
#: All that a record and its lines have already.
KEPT = ("*", f"{LINES}.*")


class WriteCheck(write_check.WriteCheck):
    """One rule, compiled. Raises ValueError for a schema that makes no sense."""

    def check(self, write: Written) -> None:
        """Raise Refused for a body that breaks the schema."""
        broken = self.broken(write)
        if broken is None:
            return
        path = place(broken.path, ".items[{}]")
        if broken.absent:
            need = ", ".join(place(each, ".items[{}]") for each in broken.absent)
            detail = f"Error while accessing a resource. Please enter value(s) for: {need}."
            raise Refused("missing_field", detail, path=path)
        detail = f"Invalid Field Value for the following field: {path}."
        if broken.longest is not None:
            detail = (
                f"The field {path} contained more than the maximum number ( {broken.longest} ) of characters allowed."
            )
        raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path=path)

    def with_total(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A body with the total that the account computes of its lines, where each line says its amount."""
        lines = body.get(LINES)
        amounts = [line.get("amount") if isinstance(line, dict) else None for line in lines or ()]
        if TOTAL in body or not amounts or not all(isinstance(each, int | float | Decimal) for each in amounts):
            return dict(body)
        return {**body, TOTAL: sum(Decimal(str(each)) for each in amounts)}
