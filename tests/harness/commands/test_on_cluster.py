"""What is there once is not used by runs on several machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.commands.on_cluster import check_apart, workers_on
from gameday.config.gameday_toml import Config, load_config
from gameday.model.settings import Settings
from gameday.steps.session import LocalWorkers
from support.rows import rows

STACK = '[stack.mine]\ncommand = ["sync", "{crm_url}", "{erp_url}"]\n'


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "gameday.toml"
    path.write_text(text)
    return load_config(path)


@rows(
    ("text", "message"),
    [
        (f'{STACK}[fakes]\ncontrol = "http://127.0.0.1:9"\n', r"\[fakes\] names fakes that run already"),
        ('[stack.mine]\nurl = "http://127.0.0.1:9"\n', "stack 'mine' runs already"),
        (f"{STACK}ports = {{crm = 18080}}\n", "stack 'mine' has fixed ports"),
    ],
)
def test_fakes_that_run_already_and_fixed_ports_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GamedayError, match=rf"{message}.*run it on one machine, without --on"):
        check_apart(config(tmp_path, text), ["mine"])


def test_another_stack_with_fixed_ports_does_not_matter(tmp_path: Path) -> None:
    check_apart(config(tmp_path, f"{STACK}ports = {{crm = 18080}}\n"), ["durable", "brittle"])


def test_without_the_option_it_is_processes_of_this_machine() -> None:
    with workers_on(None, 3, Config(), Settings()) as workers:
        assert workers == LocalWorkers(3)


def test_a_bad_address_is_a_mistake_before_anything_is_asked() -> None:
    with (
        pytest.raises(GamedayError, match="bad --on 'dask://nowhere'"),
        workers_on("dask://nowhere", 3, Config(), Settings()),
    ):
        pass
