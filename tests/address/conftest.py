"""An environment whose fakes serve TLS, behind each of both Toxiproxies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gameday.run.network
from gameday.base.ports import free_port
from support.needs import demand
from support.site import Site, opened


@pytest.fixture(scope="module", params=["embedded", "real"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One environment for the tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "embedded":
            patch.setattr(gameday.run.network, "find_server", lambda: None)
        else:
            demand("toxiproxy")
        with opened(tmp_path_factory.mktemp("site")) as site:
            yield site


@pytest.fixture
def port() -> int:
    """A free port, and the next one."""
    return free_port()
