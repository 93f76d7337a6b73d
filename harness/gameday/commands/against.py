"""The option ``--against``: the versions that are still deployed, with which a change is compared too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gameday.base.errors import GamedayError
from gameday.commands.options import Decorator

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.contracts.compatibility.deployed import FindDeployed, StillDeployed
    from gameday.scoring.results.deployments import Recorded

TAGS, DEPLOYED = "tags:", "deployed:"


def against_option() -> Decorator:
    """The versions that are still deployed."""
    return click.option(
        "--against",
        multiple=True,
        help="Versions that are still deployed, to compare with too: tags:PATTERN of git, or deployed:ENVIRONMENT."
        "  [default: against in [contracts]]",
    )


def find_deployed(against: tuple[str, ...], config: Config, results: str | None) -> FindDeployed | None:
    """Finds the versions of a flow that ``--against`` names, or else the configuration; None where neither does.

    Raises GamedayError for what is neither, and for an environment of which nothing is recorded.
    """
    where = "--against" if against else "against in [contracts]"
    against = against or config.against
    for each in against:
        if not each.startswith((TAGS, DEPLOYED)) or not each.partition(":")[2]:
            raise GamedayError(f"bad value {each[:80]!r} for {where}", hint="such as tags:deals-* or deployed:prod")
    if not against:
        return None
    recorded = [
        _recorded(each.removeprefix(DEPLOYED), config, results) for each in against if each.startswith(DEPLOYED)
    ]

    def find(flow: str) -> tuple[StillDeployed, ...]:
        from gameday.contracts.compatibility.deployed import tagged_versions
        from gameday.scoring.results.deployments import still_deployed

        tagged = [tagged_versions(each.removeprefix(TAGS), flow) for each in against if each.startswith(TAGS)]
        return tuple(
            version for found in (*tagged, *(still_deployed(one, flow) for one in recorded)) for version in found
        )

    return find


def _recorded(environment: str, config: Config, results: str | None) -> Recorded:
    from gameday.scoring.results.deployments import environment_name, recorded_deployments
    from gameday.scoring.results.store import open_store

    found = recorded_deployments(open_store(config.results_address(results)), environment_name(environment))
    if found.doubtful:
        raise GamedayError(f"the deployment {found.doubtful} does not count: {found.why}")
    if not found.deployments:
        raise GamedayError(
            f"no deployment to {environment!r} is recorded", hint=f"gameday record-deployment --to {environment}"
        )
    return found
