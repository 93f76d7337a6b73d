"""What a stack's table asks of the network is read, and what cannot be is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import StackTable, load_config
from gameday.config.stack_address import one_at_a_time
from support.rows import rows


def read(folder: Path, lines: str) -> StackTable:
    (folder / "gameday.toml").write_text(f"[stack.mine]\n{lines}\n")
    return load_config(folder / "gameday.toml").stack("mine")


@rows(
    ("lines", "said"),
    [
        ("command = ['{proxy_url}']", ["{proxy_url}", "needs TLS", "tls = true"]),
        ("command = ['x']\nenv = {A = '{crm_https_url}'}", ["{crm_https_url}", "needs TLS"]),
        ("command = ['x']\nhosts = true", ["'hosts'", "needs TLS"]),
        ("command = ['x']\nlasting_ca = true", ["'lasting_ca'", "needs TLS"]),
        ("command = ['x']\nports = {erb = 1}", ["unknown port 'erb'", "erp"]),
        ("command = ['x']\nports = {erp = 0}", ["'erp'", "is 0", "1 to 65535"]),
        ("command = ['x']\nports = {erp = 65536}", ["65536"]),
        ("command = ['x']\nports = {erp = '80'}", ["'80'", "'ports'"]),
        ("command = ['x']\nports = {proxy = 8100}", ["'proxy'", "needs TLS"]),
        ("url = 'http://127.0.0.1:1'\nports = {stack = 8100}", ["'stack'", "no command"]),
        ("command = ['x']\nports = {crm = 8101, erp = 8101}", ["8101", "twice"]),
        ("command = ['x']\ntls = true\nhosts = true\nports = {crm_https = 8101}", ["'crm_https'", "443"]),
        ("command = ['x']\nfakes_host = 'a b'", ["'a b'", "'fakes_host'", "host name"]),
        ("command = ['x']\nfakes_host = 'http://a'", ["'http://a'"]),
        ("command = ['x']\nfakes_listen = '0.0.0.0'", ["'fakes_listen'", "needs 'fakes_host'"]),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, lines: str, said: list[str]) -> None:
    with pytest.raises(GamedayError) as problem:
        read(tmp_path, lines)
    text = str(problem.value)
    assert [word for word in said if word not in text] == []
    assert "\n" not in text


@rows(
    ("lines", "alone"),
    [
        ("", False),
        ("tls = true", False),
        ("fakes_host = 'host.docker.internal'", False),
        ("tls = true\nhosts = true", True),
        ("ports = {crm = 8101}", True),
    ],
)
def test_runs_that_would_share_ports_are_one_at_a_time(tmp_path: Path, lines: str, alone: bool) -> None:
    assert one_at_a_time(read(tmp_path, f"command = ['x']\n{lines}")) is alone
