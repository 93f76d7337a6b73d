"""The stack within another process, as `gameday explore` simulates it: see [stack.NAME] in_process in gameday.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gameday_fakes.stacks.asgi import App, application
from gameday_fakes.stacks.durable.bugs import plant
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.environment import Environment


async def run(variables: Mapping[str, str], serve: Callable[[App], None]) -> None:
    """Work until cancelled, which ends the stack as a killed process ends: what is not on disk is lost.

    ``serve`` gets its port as an ASGI application.
    """
    environment = Environment.read(variables)
    composition = plant(environment) if environment.bug else Composition(environment)
    # No power fails in a simulation.
    composition.on_disk = False
    try:
        serve(application(composition.handler))
        await composition.run()
    finally:
        composition.store.abandon()
