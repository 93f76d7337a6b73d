"""What the sentences of a feature are, with an example of each."""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Callable, Iterator

from gameday.base.registry import load_modules
from gameday.contracts.pair import BUNDLED_CONTRACT, bundled_pair
from gameday.steps import bdd, vocabulary
from gameday.steps.description import Described, Description, first_line, table_lines
from gameday.steps.plugin import STEPS_GROUP

#: What a step's words stand for: an example, and what may stand there.
_WORDS: dict[str, tuple[str, str]] = {
    "crm": (bundled_pair().crm, "a CRM: gameday list fakes"),
    "erp": (bundled_pair().erp, "an ERP: gameday list fakes"),
    "contract": (BUNDLED_CONTRACT, "gameday list contracts"),
    "count": ("100", "a whole number"),
    "rate": ("20", "a number"),
    "file": ("superstore-sample.csv", "a file beside the feature, an absolute path, or a bundled sample"),
    "percent": ("20", "0 to 100"),
    "operation": ("amended", "gameday list operations"),
    "time": ("5 minutes", "a duration: 90 seconds, 15 minutes, an hour"),
    "at": ("2 minutes", "a duration: 90 seconds, 15 minutes, an hour"),
    "duration": ("4 minutes", "a duration: 90 seconds, 15 minutes, an hour"),
    "period": ("6 minutes", "a duration: 90 seconds, 15 minutes, an hour"),
    "age": ("10 minutes", "a duration: 90 seconds, 15 minutes, an hour"),
    "currencies": ("EUR, USD", "ISO codes"),
    "role": ("ERP", "CRM or ERP"),
    "budget": ("50000.00 USD", "an amount and the reporting currency"),
    "target": ("ERP", "CRM, ERP, pager or tickets; a fault also the stack"),
    "fault": ("rate limit", "gameday list faults"),
    "after": ("fix", "fix or closing"),
    "field": ("custbody_correlation_id", "a field that the ledger of the ERP states"),
    "times": ("12", "a whole number"),
}
#: What ``name`` stands for, by the step.
_NAMES = {"workload": "closed won", "abort condition": "affected above", "expectation": "no false alarm"}
#: Tables of steps that cannot do without one.
_TABLES = {
    "settings": {"price tolerance percent": "5"},
    "abort condition": {"deals": "20"},
}


def step_modules() -> Iterator[types.ModuleType]:
    """The modules that define steps: our vocabulary, then those of plug-ins."""
    yield vocabulary
    yield from map(importlib.import_module, load_modules(STEPS_GROUP))


def described_steps() -> Iterator[Description]:
    """Every step."""
    for module in step_modules():
        for kind in ("given", "when", "then"):
            for pattern, function in bdd.functions_of(module, kind).items():
                table = next((table for word, table in _TABLES.items() if word in pattern), {})
                example = (f"{kind.title()} {_example(pattern)}", *table_lines(table))
                parameters = tuple(_parameters(function, pattern))
                yield Description(f"{kind.title()} {pattern}", first_line(function), example, parameters)


def _parameters(function: Callable[..., None], pattern: str) -> Iterator[Described]:
    for name, parameter in inspect.signature(function).parameters.items():
        if f"<{name}>" in pattern:
            required = parameter.default is inspect.Parameter.empty
            yield Described(name, "text", required, description=_meaning(name, pattern))


def _meaning(name: str, pattern: str) -> str:
    if name != "name":
        return _WORDS.get(name, ("", ""))[1]
    word = next((word for word in _NAMES if word in pattern), "")
    return f"gameday list {'conditions' if word == 'abort condition' else f'{word}s'}" if word else ""


def _example(pattern: str) -> str:
    """A step as a feature could have it."""
    # What people do has other names than what happens to won deals.
    text = pattern.replace("<operation>", "close period") if "people" in pattern else pattern
    for name, (example, _) in _WORDS.items():
        text = text.replace(f"<{name}>", example)
    named = next((example for word, example in _NAMES.items() if word in pattern), "")
    text = text.replace("<name>", named).replace("(?:the )?", "the ")
    return text.replace("[", "").replace("]", "")


def sentences() -> dict[str, tuple[str, ...]]:
    """The sentence by which a feature asks for each expectation that has one of its own."""
    found: dict[str, tuple[str, ...]] = {}
    for pattern, function in bdd.functions_of(vocabulary, "then").items():
        asked: list[str] = []
        names = inspect.signature(function).parameters
        if "name" in names:
            continue
        arguments = {name: _WORDS[name][0] for name in names if name in _WORDS}
        function(judge=lambda name, asked=asked, **_: asked.append(name), **arguments)
        if len(asked) == 1:
            found.setdefault(asked[0], (f"Then {_example(pattern)}",))
    return found
