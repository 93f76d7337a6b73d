"""Takes out of postmortem.yaml what no report shows: names, and what looks like personal data or a secret."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gameday.base.secrets import without_secrets
from gameday.records.personal import without_personal
from gameday_reports.redaction import Redactor
from gameday_reports.sidecar import Sidecar


def hides_something(text: str) -> bool:
    """Whether reports show a text only without its personal data or its secrets."""
    return _plain(text) != text


def redacted(sidecar: Sidecar, shown: Callable[[str], str]) -> Sidecar:
    """The file's contents as reports show them; ``shown`` masks the names that the contract classifies.

    The names in ``people`` are masked in all texts. Who owns an action, set a status, commented or took part may be
    named: there a person is meant.
    """
    names = Redactor(part for name in sidecar.people for part in (name, *name.split()))

    def plain(text: str) -> str:
        return _plain(shown(text))

    def text_of(text: str) -> str:
        return names.masked(plain(text))

    replace = msgspec.structs.replace
    return replace(
        sidecar,
        answers={
            key: tuple(replace(answer, text=text_of(answer.text)) for answer in answers)
            for key, answers in sidecar.answers.items()
        },
        actions=tuple(
            replace(
                entry,
                what=text_of(entry.what),
                why=text_of(entry.why),
                dropped=text_of(entry.dropped),
                owner=plain(entry.owner),
            )
            for entry in sidecar.actions
        ),
        participants=tuple(plain(name) for name in sidecar.participants),
        steps=tuple(replace(step, by=plain(step.by)) for step in sidecar.steps),
        comments=tuple(replace(each, text=text_of(each.text), by=plain(each.by)) for each in sidecar.comments),
        # They are those of the file itself.
        lines=(),
    )


def _plain(text: str) -> str:
    return without_personal(without_secrets(text))
