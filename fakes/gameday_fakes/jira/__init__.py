"""Jira's REST API as the ticket system: version 2 in the shape of Data Center, version 3 in that of Cloud.

Version 3 takes and shows texts as Atlassian documents, and has ``search/jql`` in place of ``search``, which answers
410.

Known deviations: one project, in memory; both versions at one address, where Jira Cloud's version 2 has lost ``search``
too; JQL is the subset in ``jql``, and what it lacks is recorded as not supported; everybody can be assigned, also
people whom ``user/search`` does not find; no attachments, no boards, no workflow but To Do, In Progress and Done;
``issue/createmeta`` is answered although version 9 has removed it, because older clients ask for it. Sources: what the
clients ``jira`` (Python, 3.10) and ``jira.js`` ask for and read; the Jira Cloud platform REST API, version 3.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.jira.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
