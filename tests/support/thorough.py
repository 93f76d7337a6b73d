"""What a suite does more of at night: the whole of a table of which a part says nearly as much, and more examples."""

from __future__ import annotations

from hypothesis import settings

#: The examples of a property by default (tests/conftest.py).
BY_DEFAULT = 40


def thorough() -> bool:
    """Whether the tests run under ``--hypothesis-profile=thorough``, as ``make thorough`` has them."""
    return settings.get_current_profile_name() == "thorough"


def examples(by_default: int) -> int:
    """The examples of a property that has more or fewer than others, under the profile of this suite.

    A number in the test's own settings would be that of every profile: the same by day, at night and in a hurry.
    """
    of_others = settings().max_examples
    return max(3, min(by_default * of_others // BY_DEFAULT, max(by_default, of_others)))
