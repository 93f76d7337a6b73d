"""A run whose stack trusts the user's lasting authority, and no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import commands

pytestmark = pytest.mark.slow
SYNC = Path(__file__).parents[1] / "harness" / "run" / "syncs" / "batch.py"
TABLE = """
[stack.mine]
command = ["{python}", "SYNC"]
every = "1 minute"
tls = true
LASTING
[stack.mine.env]
SALESFORCE_URL = "{crm_https_url}"
NETSUITE_URL = "{erp_https_url}"
CREDENTIALS = "{credentials}"
STATE_DIR = "{state_dir}"
SSL_CERT_FILE = "TRUSTED"
"""


def gameday(folder: Path, *arguments: str) -> str:
    return commands.gameday(*arguments, cwd=folder, env={**os.environ, "XDG_DATA_HOME": str(folder / "data")}).stdout


@pytest.mark.parametrize(("lasting", "mark"), [("lasting_ca = true", "ok  "), ("", "FAIL")])
def test_a_stack_that_trusts_the_lasting_authority_gets_its_certificates(
    tmp_path: Path, lasting: str, mark: str
) -> None:
    trusted = gameday(tmp_path, "fakes", "ca").strip()
    assert trusted == str(tmp_path / "data" / "gameday" / "ca.pem")
    table = TABLE.replace("SYNC", str(SYNC)).replace("LASTING", lasting).replace("TRUSTED", trusted)
    (tmp_path / "gameday.toml").write_text(table)
    wait_s = "30" if lasting else "5"
    said = gameday(tmp_path, "doctor", "mine", "--wait", wait_s)
    assert f"{mark} a smoke deal becomes exactly one right order" in said
