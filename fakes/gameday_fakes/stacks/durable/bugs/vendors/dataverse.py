"""Mistakes that meet Dataverse alone."""

from __future__ import annotations

import logging
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherFailures, Planted
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


class _DropThrottled(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if (trouble.reason, trouble.system) != ("rate_limited", "crm"):
            super().failed(row, trouble, record)
            return
        _log.error("deal %s: %s", row["id"], trouble)
        self.store.set_deal(row["id"], state=DISCARDED)


class DropsAfter429(OtherFailures):
    """Takes a 429 of the CRM for a refusal of the deal, and drops it with a line in the log."""

    only = "dataverse"
    caught_by = "limits/service_protection.feature"
    failures_class = _DropThrottled


COMPOSITIONS: dict[str, type[Planted]] = {"drops-after-429": DropsAfter429}
