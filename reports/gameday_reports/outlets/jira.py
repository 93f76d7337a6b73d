"""Issues of Jira, one for each action of the postmortem, or for each finding of a reconciliation.

Source: Atlassian, "The Jira Cloud platform REST API v3", Bulk create issue; "Atlassian Document Format". Texts are
nodes of that format, in which Jira knows no markup.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.errors import GamedayError
from gameday_reports.brief.lengths import shorten
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.payload import as_json, identity, plain
from gameday_reports.postmortem.actions import open_actions
from gameday_reports.postmortem.cures.details import described
from gameday_reports.reconcile import words
from gameday_reports.reconcile.folder import MOST, ReconciledFolder
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call
from gameday_reports.wire import visible

#: Of a summary and of a description, in characters.
SUMMARY, DESCRIPTION = 255, 30_000
PREFIX = "gameday-"
_KEY = re.compile(f"{PREFIX}[0-9a-f]{{4,64}}")
#: How many issues a request may make.
AT_ONCE = 50


def issues(run: RecordedRun) -> str:
    """The body for ``POST /rest/api/3/issue/bulk``; the ``project`` of each issue is for the sender to add.

    The last label of an issue is its key: the same action of the same run always has the same one, so the search
    ``labels = KEY`` finds the issue that exists already.
    """
    seen = Counter[str]()
    updates = []
    for row in described(run, open_actions(run)):
        key = key_of(run, row, seen)
        fields = {
            "issuetype": {"name": "Task"},
            "summary": shorten(plain(run, row["what"]), SUMMARY),
            "description": document([*run.caveats, *plain(run, row["draft"]).split("\n\n")]),
            "labels": ["gameday", key],
        }
        due = {"duedate": row["due"]} if row["due"] else {}
        updates.append({"fields": {**fields, **due}})
    return as_json({"issueUpdates": updates})


def issues_of_findings(found: ReconciledFolder) -> str:
    """An issue for each finding of a reconciliation; if there are more than MOST, one for each problem and owner.

    The key of a finding is the same every night, so one that is still there makes no second issue.
    """
    updates = []
    for group in found.groups:
        if found.number <= MOST:
            rows = [(ticket.key, words.headline(ticket), words.paragraphs(ticket)) for ticket in group.tickets]
        else:
            digest = hashlib.sha256(msgspec.json.encode([found.flow, group.problem, group.owner])).hexdigest()
            rows = [(f"{PREFIX}{digest[:24]}", words.group_headline(group), words.group_paragraphs(group))]
        updates += [
            {
                "issuetype": {"name": "Task"},
                "summary": shorten(f"{visible(found.flow)}: {head}", SUMMARY),
                "description": document([*texts]),
                "labels": ["gameday", label_of(key)],
            }
            for key, head, texts in rows
        ]
    return as_json({"issueUpdates": [{"fields": fields} for fields in updates]})


def label_of(key: str) -> str:
    """A key as a label, in which Jira has no blanks; a file may have any text for one.

    >>> label_of("gameday-0f3c"), label_of("x) OR project = A")
    ('gameday-0f3c', 'gameday-d2a4a237')
    """
    if _KEY.fullmatch(key):
        return key
    return f"{PREFIX}{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def key_of(run: RecordedRun, row: Mapping[str, Any], seen: Counter[str]) -> str:
    """The stable key of an action. ``seen`` counts those before it: people can add two in the same words."""
    action = [row["id"]] if row["id"] else [row["kind"], row["what"]]
    seen[repr(action)] += 1
    digest = hashlib.sha256(msgspec.json.encode([*identity(run), *action, seen[repr(action)]])).hexdigest()
    return f"{PREFIX}{digest[:24]}"


def document(paragraphs: list[str]) -> dict[str, Any]:
    """A document of plain paragraphs; a line feed is a break. It ends where Jira takes no more."""
    content, left = [], DESCRIPTION
    for paragraph in paragraphs:
        nodes: list[dict[str, Any]] = []
        for line in paragraph.split("\n"):
            text = shorten(line, left) if left > 1 else ""
            left -= len(text)
            if text:
                nodes += [{"type": "hardBreak"}] if nodes else []
                nodes += [{"type": "text", "text": text}]
        content += [{"type": "paragraph", "content": nodes}] if nodes else []
    return {"type": "doc", "version": 1, "content": content}


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Create the issues that Jira does not have yet, at most AT_ONCE in a request.

    Source: Atlassian, "The Jira Cloud platform REST API v3", Search for issues using JQL (enhanced search).
    """
    updates = [{"fields": {**each["fields"], **fields}} for each in payload["issueUpdates"]]
    made = known = 0
    for start in range(0, len(updates), AT_ONCE):
        part = updates[start : start + AT_ONCE]
        there = _known([each["fields"]["labels"][-1] for each in part], call)
        new = [each for each in part if each["fields"]["labels"][-1] not in there]
        known += len(part) - len(new)
        reply = call("POST", "/rest/api/3/issue/bulk", {"issueUpdates": new}) if new else {}
        if errors := reply.get("errors") if isinstance(reply, dict) else None:
            raise GamedayError(
                f"Jira did not take {out_of(len(errors), len(new), 'issue')}", hint="send again: none is made twice"
            )
        made += len(new)
    return f"{plural(made, 'issue')}, {known:,} there already"


def _known(keys: list[str], call: Call) -> set[str]:
    """Which of these keys an issue has already."""
    query = urlencode({"jql": f"labels in ({', '.join(keys)})", "fields": "labels", "maxResults": 2 * AT_ONCE})
    reply = call("GET", f"/rest/api/3/search/jql?{query}", None)
    found = reply.get("issues", []) if isinstance(reply, dict) else []
    return {label for issue in found for label in issue.get("fields", {}).get("labels", ())}


jira = outlets.register("jira")(Outlet(issues, send=send, reconciled=issues_of_findings))
