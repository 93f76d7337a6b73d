"""Redaction at capture: pseudonyms that keep a record's joins, forms and sums, and nothing of what it says."""

from gameday.redaction.key import KEY_VARIABLE, redaction_key
from gameday.redaction.redactor import Redactor
from gameday.redaction.report import RedactionReport

__all__ = ["KEY_VARIABLE", "RedactionReport", "Redactor", "redaction_key"]
