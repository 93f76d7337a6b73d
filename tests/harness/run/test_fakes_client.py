"""What the control plane of the fakes refuses."""

from __future__ import annotations

import pickle

from gameday.run.fakes_client import CallRefused


def test_a_refusal_is_the_same_in_the_process_that_it_is_handed_to() -> None:
    refused = CallRefused("POST /faults", "netsuite knows no fault 'block_credit'")
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301 - our own
    assert (type(again), str(again), again.reason) == (CallRefused, str(refused), refused.reason)
