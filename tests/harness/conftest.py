"""What the tests of the harness share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.story import Story


@pytest.fixture(scope="session")
def new_story() -> Callable[[], Story]:
    """Makes empty stories."""
    return Story


@pytest.fixture
def story() -> Story:
    """An empty story."""
    return Story()


@pytest.fixture
def locked() -> Story:
    """A minute of steady state with one right deal, then a record lock from 60 to 300 that nothing has met yet."""
    return Story().deal("D0", 10).order("D0", 12).inject(60, 300)
