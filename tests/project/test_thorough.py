"""A property that has more or fewer examples than others has fewer of them in a hurry, and more at night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from support.thorough import examples, thorough


@pytest.fixture(autouse=True)
def _profile_of_before() -> Iterator[None]:
    name = settings.get_current_profile_name()
    yield
    settings.load_profile(name)


@pytest.mark.parametrize(
    ("profile", "numbers"), [("fast", [3, 10, 50]), ("tests", [12, 40, 200]), ("thorough", [300, 1000, 1000])]
)
def test_examples_are_of_the_profile(profile: str, numbers: list[int]) -> None:
    settings.load_profile(profile)
    assert [examples(number) for number in (12, 40, 200)] == numbers
    assert thorough() == (profile == "thorough")
