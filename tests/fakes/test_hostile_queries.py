"""Queries that ask for more than anybody needs: each ends with rows, or with the vendor's refusal.

How long each takes is measured by tests/bench/hostile.py.
"""

from __future__ import annotations

import pytest

from support.hostile_queries import SOQL, SUITEQL
from support.served import CATALOG, DEAL, Served


@pytest.mark.slow
def test_a_hostile_suiteql_query_ends_in_the_vendors_words() -> None:
    erp = Served("netsuite")
    replies = {title: erp.suiteql(text) for title, text in SUITEQL.items()}
    assert {status for status, _ in replies.values()} == {200, 400}
    refused = [body["o:errorDetails"][0]["detail"] for status, body in replies.values() if status == 400]
    assert all("\n" not in detail and len(detail) < 300 for detail in refused)
    assert all(replies[title][0] == 400 for title in SUITEQL if "the engine's" in title or "recursive" in title)


@pytest.mark.slow
def test_a_hostile_soql_query_ends_in_the_vendors_words() -> None:
    crm = Served("salesforce")
    crm.fake.operate("seed", "", CATALOG)
    crm.fake.operate("close_deal", "D-1", DEAL)
    replies = {title: crm.soql(text) for title, text in SOQL.items()}
    assert {status for status, _ in replies.values()} == {200, 400}
    assert all(body[0]["errorCode"] for status, body in replies.values() if status == 400)
