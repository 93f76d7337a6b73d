"""The compose file and the tables of docs/containers.md fit each other and the code."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from gameday.config.gameday_toml import StackTable, load_config
from gameday.config.stack_address import PLAIN_PORTS, TLS_PORTS, one_at_a_time

PAGE = (Path(__file__).parents[2] / "docs" / "containers.md").read_text()
ROLES = {"SALESFORCE_URL": "crm", "NETSUITE_URL": "erp", "PAGERDUTY_URL": "pager", "JIRA_URL": "tickets"}


def block(name: str) -> str:
    """A named block of the page."""
    found = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found.group(1)


def table(folder: Path, name: str) -> StackTable:
    (folder / "gameday.toml").write_text(block(name))
    return load_config(folder / "gameday.toml").stack("mine")


@pytest.fixture
def services() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load(block("compose.yaml"))["services"]
    return found


def test_the_services_variables_lead_to_the_ports_of_the_table(
    tmp_path: Path, services: dict[str, dict[str, object]]
) -> None:
    mine = table(tmp_path, "gameday.toml")
    environment = services["sync"]["environment"]
    assert isinstance(environment, dict)
    for variable, role in ROLES.items():
        assert environment[variable] == f"http://{mine.fakes_host}:{mine.ports[role]}"


def test_each_service_finds_the_other_by_its_name(tmp_path: Path, services: dict[str, dict[str, object]]) -> None:
    mine = table(tmp_path, "gameday.toml")
    url = urlsplit(mine.url)
    environment = services["sync"]["environment"]
    assert isinstance(environment, dict)
    assert mine.fakes_host in services
    assert url.hostname in services
    assert environment["LISTEN"] == f"{mine.fakes_listen}:{url.port}"


def test_the_table_of_a_command_is_read(tmp_path: Path) -> None:
    assert not one_at_a_time(table(tmp_path, "command.toml"))


def test_the_page_names_every_port() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `ports`"))
    assert set(re.findall(r"`(\w+)`", row)) - {"ports"} == {*PLAIN_PORTS, *TLS_PORTS}
