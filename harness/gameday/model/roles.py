"""The roles of the systems of a run, as people call them."""

from __future__ import annotations

#: What a fault can affect, and where people do things.
ROLES = {"crm": "CRM", "erp": "ERP", "stack": "stack", "pager": "pager", "tickets": "ticket system"}


def role_name(role: str) -> str:
    """A role in words; one that is not known as it is.

    >>> role_name("crm"), role_name("tickets"), role_name("other")
    ('CRM', 'ticket system', 'other')
    """
    return ROLES.get(role, role)


def the(role: str) -> str:
    """A role in a sentence.

    >>> the("erp"), the("other")
    ('the ERP', 'other')
    """
    return f"the {ROLES[role]}" if role in ROLES else role
