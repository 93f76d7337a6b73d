"""Jira REST API v2 (Data Center shape), as the ticket system.

Known deviations: one project, in memory; JQL is the subset in ``jql``; no attachments, no boards, no workflow
but To Do, In Progress and Done; ``issue/createmeta`` is answered although version 9 has removed it, because
older clients ask for it. Source: what the ``jira`` client (3.10) asks for and reads.
"""

from __future__ import annotations

from gameday_fakes.jira.handlers import Jira

FAKE = Jira
