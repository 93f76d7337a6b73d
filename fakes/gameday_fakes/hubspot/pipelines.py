"""Pipelines and their stages: which stage means that a deal is won or lost.

A won stage is closed with a probability of 1 ("Pipelines"). The bundled account has HubSpot's own sales pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

_FIRST = "2024-01-01T00:00:00.000Z"


class Stage(msgspec.Struct):
    """One stage; ``probability`` is a text from 0.0 to 1.0."""

    id: str
    label: str
    display_order: int
    probability: str = "0.5"
    closed: bool = False
    created: str = _FIRST
    updated: str = _FIRST

    @property
    def is_won(self) -> bool:
        """Whether a deal in it is won."""
        return self.closed and float(self.probability) == 1.0

    def described(self) -> dict[str, Any]:
        """As the pipelines API shows it."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.display_order,
            "metadata": {"isClosed": str(self.closed).lower(), "probability": self.probability},
            "createdAt": self.created,
            "updatedAt": self.updated,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "archived": False,
        }


class Pipeline(msgspec.Struct):
    """One pipeline with its stages by id."""

    id: str
    label: str
    display_order: int
    stages: dict[str, Stage]
    created: str = _FIRST
    updated: str = _FIRST

    def described(self) -> dict[str, Any]:
        """As the pipelines API shows it."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.display_order,
            "stages": [stage.described() for stage in self.in_order()],
            "createdAt": self.created,
            "updatedAt": self.updated,
            "archived": False,
        }

    def in_order(self) -> list[Stage]:
        """The stages as people see them."""
        return sorted(self.stages.values(), key=lambda stage: stage.display_order)


_SALES = (
    Stage("appointmentscheduled", "Appointment Scheduled", 0, "0.2"),
    Stage("qualifiedtobuy", "Qualified To Buy", 1, "0.4"),
    Stage("presentationscheduled", "Presentation Scheduled", 2, "0.6"),
    Stage("decisionmakerboughtin", "Decision Maker Bought-In", 3, "0.8"),
    Stage("contractsent", "Contract Sent", 4, "0.9"),
    Stage("closedwon", "Closed Won", 5, "1.0", closed=True),
    Stage("closedlost", "Closed Lost", 6, "0.0", closed=True),
)


def sales_pipeline() -> Pipeline:
    """The pipeline that every account begins with."""
    stages = {stage.id: msgspec.structs.replace(stage) for stage in _SALES}
    return Pipeline("default", "Sales Pipeline", 0, stages)


class Pipelines:
    """The pipelines of deals."""

    def __init__(self) -> None:
        first = sales_pipeline()
        self.by_id: dict[str, Pipeline] = {first.id: first}
        self._next_id = 41_000_001
        #: What was done to each, newest first.
        self.audits: dict[str, list[dict[str, Any]]] = {}

    def new_id(self) -> str:
        """The id of a new pipeline or stage."""
        self._next_id += 1
        return str(self._next_id)

    def stage(self, id_: str | None) -> Stage | None:
        """A stage of any pipeline."""
        return next((each.stages[id_] for each in self.by_id.values() if id_ in each.stages), None)

    def pipeline_of(self, stage: str) -> Pipeline | None:
        """The pipeline that has a stage."""
        return next((each for each in self.by_id.values() if stage in each.stages), None)

    def is_won(self, stage: str | None) -> bool:
        """Whether a deal in a stage is won."""
        found = self.stage(stage)
        return found is not None and found.is_won

    def problem(self, pipeline: str, stage: str) -> str:
        """Why a deal cannot be in a stage of a pipeline; empty if it can."""
        known = self.by_id.get(pipeline)
        if known is None:
            return f"{pipeline[:80]} is not a valid pipeline ID. Valid options are: [{', '.join(self.by_id)}]"
        if stage not in known.stages:
            options = f"pipelineId={pipeline} : [{', '.join(each.id for each in known.in_order())}]"
            return f"{stage[:80]} is not a valid pipeline stage ID. Valid options are: {options}"
        return ""

    def follow(self, stage: str | None) -> dict[str, str]:
        """The properties of a deal that follow from its stage."""
        found = self.stage(stage)
        if found is None:
            return {}
        return {
            "hs_is_closed": str(found.closed).lower(),
            "hs_is_closed_won": str(found.is_won).lower(),
            "hs_deal_stage_probability": found.probability,
        }


def stage_from(given: dict[str, Any], id_: str, order: int, now: str) -> Stage:
    """A stage from a request. Raises ValueError for metadata that it cannot have."""
    metadata = given.get("metadata") or {}
    probability = str(metadata.get("probability", "0.5")) if isinstance(metadata, dict) else "x"
    try:
        in_range = 0.0 <= float(probability) <= 1.0
    except ValueError:
        in_range = False
    if not in_range:
        raise ValueError("metadata.probability has to be a text from 0.0 to 1.0")
    closed = str(metadata.get("isClosed", float(probability) in (0.0, 1.0))).lower() == "true"
    label, place = given.get("label"), given.get("displayOrder", order)
    if not isinstance(label, str) or not label or not isinstance(place, int):
        raise ValueError("a stage needs a label and a displayOrder")
    return Stage(id_, label[:255], place, probability, closed, now, now)


def stages_from(given: Iterable[Any], new_id: Any, now: str) -> dict[str, Stage]:
    """The stages of a new pipeline. Raises ValueError."""
    found: dict[str, Stage] = {}
    for order, each in enumerate(given):
        if not isinstance(each, dict):
            raise ValueError("a stage is an object")  # noqa: TRY004 - one kind of error
        stage = stage_from(each, new_id(), order, now)
        found[stage.id] = stage
    return found
