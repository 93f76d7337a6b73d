"""The doctor looks at a stack between the pair that is asked for, under the contract of that pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import gameday

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("crm", "erp"), [("hubspot", "business-central"), ("dataverse", "oracle-fusion")])
def test_a_sound_stack_is_found_well_between_another_pair(crm: str, erp: str, tmp_path: Path) -> None:
    answer = gameday("doctor", "durable", "--crm", crm, "--erp", erp, cwd=tmp_path, timeout=180)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "ok   a smoke deal becomes exactly one right order" in answer.stdout
