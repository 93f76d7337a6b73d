"""A sandbox has the records of an export under their own ids, beside those that the fake numbers itself."""

from __future__ import annotations

import pytest

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.registry import fake_kinds
from support.rows import rows

ACCOUNTS = ("001010000000001AAA", "001000000000009")


def test_accounts_of_another_organisation_keep_their_ids() -> None:
    clock = Clock()
    fake = fake_kinds()["salesforce"](clock, EventLog(clock))
    fake.start_again(0)
    accounts = [{"key": id_, "id": id_} for id_ in ACCOUNTS] + [{"key": "A-1"}]
    made = fake.operate("seed", "", {"accounts": accounts})["accounts"]
    assert [made[id_] for id_ in ACCOUNTS] == [*ACCOUNTS]
    assert made["A-1"] not in ACCOUNTS
    assert fake.operate("seed", "", {"accounts": accounts})["accounts"] == made


@rows("id_", ["006010000000001AAA", "C-9", "001", "001A1000000000ü", "001A10000000001AAA", "001A10000000001AA'"])
def test_what_is_no_id_of_an_account_is_refused(id_: str) -> None:
    clock = Clock()
    fake = fake_kinds()["salesforce"](clock, EventLog(clock))
    fake.start_again(0)
    with pytest.raises(ValueError, match="is not the id of a new Account"):
        fake.operate("seed", "", {"accounts": [{"key": id_, "id": id_}]})
