"""One set of fakes belongs to one harness at a time."""

from __future__ import annotations

import pytest

from gameday_fakes.fake import ControlError
from gameday_fakes.lease import LEASE_S, Lease


class Watch:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lease(watch: Watch) -> Lease:
    made = Lease(watch)
    made.take("first")
    return made


@pytest.mark.parametrize("other", ["second", ""])
def test_a_lease_cannot_be_taken_from_its_holder(lease: Lease, other: str) -> None:
    with pytest.raises(ControlError, match="another harness uses these fakes; free 15 s after its last call"):
        lease.take(other)


def test_the_holder_can_take_it_again(lease: Lease) -> None:
    lease.take("first")


def test_what_is_released_can_be_taken(lease: Lease) -> None:
    lease.release("first")
    lease.take("second")


def test_only_the_holder_releases(lease: Lease) -> None:
    lease.release("second")
    with pytest.raises(ControlError):
        lease.take("second")


def test_a_holder_that_stops_calling_loses_the_lease(lease: Lease, watch: Watch) -> None:
    watch.now_s = LEASE_S
    lease.take("second")


def test_every_call_of_the_holder_renews_it(lease: Lease, watch: Watch) -> None:
    watch.now_s = LEASE_S - 1
    lease.renew("first")
    watch.now_s = LEASE_S + 1
    with pytest.raises(ControlError):
        lease.take("second")


def test_the_calls_of_others_do_not_renew_it(lease: Lease, watch: Watch) -> None:
    watch.now_s = LEASE_S - 1
    lease.renew("second")
    watch.now_s = LEASE_S
    lease.take("second")


def test_a_caller_without_a_name_gets_no_lease(watch: Watch) -> None:
    lease = Lease(watch)
    lease.take("")
    lease.take("second")
