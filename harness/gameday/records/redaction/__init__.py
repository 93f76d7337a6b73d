"""Redaction at capture: pseudonyms that keep a record's joins, forms and sums, but none of its content."""

from gameday.records.redaction.key import KEY_VARIABLE, redaction_key
from gameday.records.redaction.redactor import Redactor
from gameday.records.redaction.report import RedactionReport

__all__ = ["KEY_VARIABLE", "RedactionReport", "Redactor", "redaction_key"]
