"""Which hosts a stack tried to reach beside the fakes, as check, doctor and report say it."""

from __future__ import annotations

from gameday.analysis.outside_hosts import tried_hosts, tried_sentence
from gameday.model.events import HostTried
from gameday.model.history import History, operation


def history(*events: HostTried) -> History:
    return History(operation("harness", "outside", event, "info", 1.0, index) for index, event in enumerate(events))


def test_each_host_is_listed_once_and_says_if_only_the_proxy_was_asked() -> None:
    tried = (HostTried("a.com", "name"), HostTried("b.com", "proxy"), HostTried("a.com", "proxy"))
    tried += (HostTried("10.0.0.7:5432", "address"),)
    assert tried_hosts(history(*tried)) == ("a.com", "b.com (by the proxy)", "10.0.0.7:5432 (by its address)")


def test_nothing_is_said_without_a_host() -> None:
    assert tried_sentence(tried_hosts(history())) == ""


def test_many_hosts_are_counted() -> None:
    assert tried_sentence(("a.com",)) == "it tried to reach a host that is no fake: a.com"
    sentence = tried_sentence(tuple(f"h{number}.com" for number in range(8)))
    assert sentence == "it tried to reach 8 hosts that are no fakes: h0.com, h1.com, h2.com, h3.com, h4.com and 3 more"
