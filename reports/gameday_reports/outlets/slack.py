"""A message of Slack: the answers for a leader, and the actions.

Source: Slack, "Rich text block" and "Formatting message text", Escaping text. Texts are elements of rich text, in which
Slack knows no markup, mentions or links; only the notification is mrkdwn, where three characters have a meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday_reports.brief.context import context
from gameday_reports.brief.lengths import shorten
from gameday_reports.formats import count
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.payload import as_json, plain, title
from gameday_reports.reconcile import words
from gameday_reports.reconcile.folder import ReconciledFolder
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call
from gameday_reports.wire import one_line, visible

#: Of the line in a notification.
LONGEST = 300
#: How many findings of a kind are named.
NAMED = 5
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def message(run: RecordedRun) -> str:
    """The body for ``chat.postMessage`` or a webhook; a ``channel`` is for the sender to add."""
    brief = context(run)
    head = title(run, LONGEST)
    blocks = [_block([_paragraph(run, head, bold=True), _paragraph(run, brief["answer"])])]
    blocks += [_part(run, "What happened", [brief["what_happened"]])]
    blocks += [_part(run, "What would have been lost?", [brief["lost"], *_rows(brief), brief["outage"]])]
    blocks += [_part(run, "Would anybody have noticed?", [brief["noticed"]])]
    blocks += [_part(run, "How long until both systems agreed again?", [brief["took"]])]
    blocks += [_part(run, "What happens next?", [brief["message"], *_actions(brief), brief["certainty"]])]
    quiet = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
    return as_json({"text": escaped(f"{head}. {plain(run, brief['answer'])}"), **quiet, "blocks": blocks})


def message_of_findings(found: ReconciledFolder) -> str:
    """The same of a reconciliation: how many findings there are, what they are worth, and the largest of each kind."""
    head = f"Reconciliation of {found.flow}: {plural(found.number, 'finding')}" if found.number else "CRM and ERP agree"
    blocks = [_block([_section(head, bold=True)])]
    for group in found.groups:
        lines = [words.headline(ticket) for ticket in group.tickets[:NAMED]]
        lines += [f"and {group.number - NAMED:,} more"] if group.number > NAMED else []
        heading = f"{words.group_headline(group)} ({group.owner})"
        blocks.append(_block([_section(heading, bold=True), *map(_section, lines)]))
    quiet = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
    return as_json({"text": escaped(shorten(visible(head), LONGEST)), **quiet, "blocks": blocks})


def escaped(text: str) -> str:
    """A text of mrkdwn, in which nothing is a mention or a link.

    >>> escaped("<!channel> & <http://x|y>")
    '&lt;!channel&gt; &amp; &lt;http://x|y&gt;'
    """
    return one_line(text).translate(_ENTITIES)


def _rows(brief: dict[str, Any]) -> Iterable[str]:
    for row in brief["rows"]:
        beneath = f" ({row['originals']})" if row["originals"] else ""
        yield f"{count(row['orders'])} {row['what']}: {row['worth']}{beneath}"


def _actions(brief: dict[str, Any]) -> Iterable[str]:
    for act in brief["actions"]:
        owner, due = act["owner"] or "nobody yet", act["due"] or "no date yet"
        yield f"{act['kind']}: {act['what']} ({owner}, {due})"
    if left_out := brief["actions_left_out"]:
        yield f"{plural(left_out, 'more action')} in the postmortem."


def _part(run: RecordedRun, heading: str, lines: Iterable[str]) -> dict[str, Any]:
    return _block([_paragraph(run, heading, bold=True), *(_paragraph(run, line) for line in lines if line)])


def _block(paragraphs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": paragraphs}


def _paragraph(run: RecordedRun, text: str, *, bold: bool = False) -> dict[str, Any]:
    return _section(plain(run, text), bold=bold)


def _section(text: str, *, bold: bool = False) -> dict[str, Any]:
    style = {"style": {"bold": True}} if bold else {}
    element = {"type": "text", "text": f"{one_line(visible(text))}\n", **style}
    return {"type": "rich_text_section", "elements": [element]}


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Post the message with `chat.postMessage`, which answers 200 to everything."""
    reply = call("POST", "", {**payload, **fields})
    if isinstance(reply, dict) and reply.get("ok") is False:
        raise GamedayError(f"Slack did not take the message: {str(reply.get('error'))[:80]}")
    return "1 message"


slack = outlets.register("slack")(Outlet(message, send=send, reconciled=message_of_findings))
