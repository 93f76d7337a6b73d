"""Parts of the patterns by which causes are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gameday_fakes.manifests import spoken_names

LOSS = r"(denied|forbidden|revoked|lost|removed|missing|insufficient|lack\w*|withdrawn|required|refused|violat\w+)"
NO_RIGHT = (
    r"(denied|forbidden|revoked|lost|removed|missing|insufficient|lacks?|lacking|no|without|not have|\w+n't have"
    r"|stripped of)"
)
RIGHT = r"(permissions?|access|privileges?|rights?|authori[sz]ation|scopes?)"
KEY = (
    r"(tokens?|sessions?|login(?! page)|logon|credentials?|password|auth|authentication|api key|certificate|signature)"
)
BAD_KEY = r"(revoked|expired|invalid|refused|rejected|failed|denied|wrong|inactive|no longer|not valid|disabled)"
FIELD = r"(fields?|columns?|propert(y|ies))"
BAD_FIELD = r"(missing|renamed|hidden|removed|unknown|invalid|not found|null|empty|gone|deleted|no longer|not exist)"
DEAL = r"(deals?|orders?|records?|opportunit(y|ies)|events?|messages?|notifications?|invoices?)"
#: What may stand between the parts of a statement: anything but a negation.
NEAR = r"(?:(?!\b(?:not|never|no|before)\b)[^.;\n]){0,40}?\b"
FEW = r"(?: (?!(?:not|never|no)\b)[^\s.;,]+){0,3}"


def _any_of(names: Iterable[str]) -> str:
    """A pattern for names; one of two words may be one, also in a text whose codes became words."""
    # Some people name the maker of their system, also of one that has no fake here.
    return "|".join(("sap", "dynamics", *(re.escape(name).replace(r"\ ", " ?") for name in names)))


ERPS = rf"(erp|ledger|{_any_of(spoken_names('erp'))})"
#: The systems of a flow, by what people call them.
OF_FLOW = rf"(erp|crm|{_any_of(spoken_names())})"
SYSTEMS = rf"(system|server|host|service|{OF_FLOW})"
SOME = r"(two|several|multiple|[2-9])( sales)? (orders?|invoices?)\b"
VALUE = r"(totals?|amounts?|currenc(y|ies)|customers?|lines?|quantit(y|ies)|dates?|prices?|tax(es)?|values?)\b"


def code(numbers: str) -> str:
    """A pattern for a status code: "answered 403", "(403)", "403 from the ERP", and not "403 orders"."""
    before = r"(https?|status|code|errors?|got|(answer|reply|respond|return|fail|refus|reject)\w*( with)?)( code)? "
    after = r"(?=\W*$|[)\]:;,]|\.(?!\d)| (from|by|at|on|when|while|for)\b)"
    counted = "".join(f"(?<!{noun} )" for noun in ("of", "order", "deal", "invoice", "line", "item", "customer"))
    return rf"({before}{numbers}\b|{counted}{numbers}{after})"
