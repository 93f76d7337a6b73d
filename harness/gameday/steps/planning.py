"""Plans every scenario of some features, and finds every mistake in them before anything starts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError, Mistakes
from gameday.config.features import portable
from gameday.config.gameday_toml import config_of
from gameday.config.organisation import check_endpoints, kinds_of
from gameday.model.settings import Settings
from gameday.run.plan import look_up, make_workload, readable_stack
from gameday.steps.forecast import Forecast, Forecaster, Impossible
from gameday.steps.outcome import Outcome
from gameday.steps.session import run_session
from gameday.steps.vendor_limits import vendors


def plan_scenarios(paths: Iterable[Path], settings: Settings) -> list[Outcome]:
    """Every scenario of these files and folders for every target, each with ``planned`` and its ``forecasts``.

    Raises GamedayError, or Mistakes with all mistakes of all features, each once.
    """
    config = config_of(settings)
    if not config.fakes_url:
        # A plug-in that is broken is no mistake of a feature.
        vendors()
        kinds_of(config.organisation)
        check_endpoints(config.endpoints)
    mistakes: dict[str, None] = {}
    try:
        outcomes = run_session(paths, msgspec.structs.replace(settings, mode="plan"))
    except GamedayError as problem:
        outcomes, mistakes = [], dict.fromkeys(problem.lines)
    absent: dict[tuple[str, str], tuple[str, ...]] = {}
    local = settings.isolated or not config.fakes_url
    in_sandboxes = config.sandbox.flows if config.sandbox is not None and settings.sandboxes else ()
    forecaster = Forecaster(local=local, organisation=config.organisation, in_sandboxes=in_sandboxes)
    for number, outcome in enumerate(outcomes):
        if outcome.problem or outcome.planned is None:
            mistakes |= dict.fromkeys(outcome.mistakes or (f"{_place(outcome, 'flow')}: {outcome.problem}",))
            continue
        pair = (outcome.stack, outcome.planned.flow.contract)
        try:
            if pair not in absent:
                absent[pair] = ()
                absent[pair] = look_up(outcome.planned, outcome.stack, settings).table.absent
            if settings.deals:
                make_workload(outcome.planned)
        except GamedayError as problem:
            mistakes[str(problem)] = None
        else:
            forecast, more = _forecast(outcome, forecaster, absent[pair])
            outcomes[number] = msgspec.structs.replace(outcome, forecasts=forecast)
            mistakes |= dict.fromkeys(more)
    looked_up = {stack for stack, _ in absent}
    for stack in {target.stack: None for target in settings.targets if target.stack not in looked_up}:
        try:
            readable_stack(stack, config)
        except GamedayError as problem:
            mistakes[str(problem)] = None
    if mistakes:
        raise Mistakes(map(GamedayError, mistakes))
    return outcomes


def _forecast(
    outcome: Outcome, forecaster: Forecaster, absent: tuple[str, ...]
) -> tuple[tuple[Forecast, ...], tuple[str, ...]]:
    """What the faults of a planned scenario will meet; or the mistake that makes it impossible."""
    if outcome.planned is None or outcome.not_applicable:
        return (), ()
    try:
        return forecaster.forecast(outcome.planned, absent), ()
    except Impossible as problem:
        return (), (f"{_place(outcome, problem.what)}: {problem}",)
    except GamedayError as problem:
        return (), (f"{_place(outcome, 'workload')}: {problem}",)


def _place(outcome: Outcome, what: str) -> str:
    return f"{portable(Path(outcome.feature))}:{outcome.lines.get(what, 1)}"
