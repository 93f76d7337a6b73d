"""A sample of `make kill-campaign`: each way once, at a random moment. The load of the machine is not judged here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kills import WAYS, Servers, kill, serving

pytestmark = pytest.mark.slow
SEED = 7
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with serving() as running:
        yield running


@pytest.mark.parametrize(("number", "way"), list(enumerate(WAYS, start=1)))
def test_nothing_outlives_a_kill(tmp_path: Path, servers: Servers, number: int, way: str) -> None:
    assert kill(tmp_path / "day", servers, SEED, number, way=way, limit_s=LIMIT_S)["left"] == []
