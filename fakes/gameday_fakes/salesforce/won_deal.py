"""Which fields of an opportunity say that it is won, for whom, how much and when; an organisation may have its own."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.stages import Stages

_TEXTS = ("string", "picklist", "combobox", "textarea")
_NUMBERS = ("currency", "double", "int", "long")


class DealFields(msgspec.Struct, frozen=True):
    """The names of the fields; those of a fresh organisation where nothing else is said.

    ``stage`` has the value ``won_stage`` in a won deal. ``amount`` is the net total, ``account`` a reference to an
    account, ``date`` that of the order.
    """

    stage: str = "StageName"
    amount: str = "Amount"
    currency: str = "CurrencyIsoCode"
    account: str = "AccountId"
    date: str = "CloseDate"

    @property
    def own(self) -> dict[str, str]:
        """Those that are not the usual ones: by what they mean, their names."""
        usual = DealFields()
        return {
            each: getattr(self, each) for each in self.__struct_fields__ if getattr(self, each) != getattr(usual, each)
        }

    def check(self, model: Model) -> None:
        """Raise ValueError, with the known ones, for a field that opportunities lack or that cannot hold the value."""
        fields = model.objects["Opportunity"].fields
        for meaning, name in self.own.items():
            known = sorted(field.name for field in fields.values() if _fits(meaning, field))
            if name not in known:
                hint = did_you_mean(name, known)
                names = ", ".join(known) or "none"
                problem = f"deal_{meaning}_field: no field {name[:80]!r} of Opportunity can be it"
                raise ValueError(f"{problem}; known: {names}{hint}")

    def is_won(self, values: dict[str, Any], stages: Stages) -> bool:
        """Whether an opportunity with these values is a won deal."""
        return values.get(self.stage) == stages.won if "stage" in self.own else bool(values["IsWon"])

    def of_stage(self, stage: str, stages: Stages) -> dict[str, Any]:
        """The fields that say that a deal is in a stage; with a field of one's own, the usual one follows it."""
        if "stage" not in self.own:
            return stages.fields(stage)
        usual = Stages()
        followed = {stages.won: usual.won, stages.lost: usual.lost, stages.open: usual.open}[stage]
        return {**usual.fields(followed), self.stage: stage}

    def given(self, values: dict[str, Any]) -> dict[str, Any]:
        """These values of the usual fields also under the names of one's own."""
        usual = DealFields()
        named = {name: getattr(usual, meaning) for meaning, name in self.own.items() if meaning != "stage"}
        return {**values, **{name: values[from_] for name, from_ in named.items() if from_ in values}}


def _fits(meaning: str, field: Field) -> bool:
    """Whether a field can hold what is meant, and can be written."""
    if field.calculated or not (field.createable and field.updateable):
        return False
    match meaning:
        case "amount":
            return field.type in _NUMBERS
        case "date":
            return field.type == "date"
        case "account":
            return field.refers_to == "Account"
    return field.type in _TEXTS
