"""Keeps a check before a deploy away from real systems: where a stack may run, and its process's environment.

The stack in such a check is a command, or a URL on loopback. Every variable that could lead to another machine is
removed, and a proxy is set that maps the vendors' host names to the fakes and refuses every other name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from gameday.base.errors import GamedayError
from gameday.config.reach import read_reach
from gameday.config.stack_table import StackTable

#: Variables for proxies and certificates; the proxies' are read in upper and lower case.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy", "ws_proxy", "wss_proxy")
_AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE")
#: Names of variables of vendors' clients and of integration platforms.
_VENDORS = re.compile(
    r"(^|_)(SALESFORCE|SFDX|SFDC|SF|FORCE|NETSUITE|SUITETALK|SUITECLOUD|NLAUTH|PAGERDUTY|PD|JIRA|ATLASSIAN|SERVICENOW|OPSGENIE"
    r"|SLACK|TWILIO|SENDGRID|HUBSPOT|DYNAMICS|SAP|WORKATO|BOOMI|MULESOFT|ANYPOINT|CELIGO|SENTRY|DATADOG|DD)(_|$)",
    re.IGNORECASE,
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"',;|<>]+")
#: A template in a table becomes an address of the run.
_TEMPLATE = re.compile(r"\{\w+\}")
LOOPBACK_NAMES = "127.0.0.1,localhost,::1"


def leads_elsewhere(text: str) -> str:
    """The first host in a text's URLs that is not this machine; empty if there is none.

    >>> leads_elsewhere("amqp://guest@10.0.0.5:5672/x"), leads_elsewhere("http://127.0.0.1:80/ {crm_url}")
    ('10.0.0.5', '')
    """
    for url in _URL.findall(_TEMPLATE.sub("", text)):
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return "a host that cannot be read"
        if host and not is_loopback(host):
            return host
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a loopback address or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def refuse_elsewhere(table: StackTable) -> None:
    """Raise GamedayError if a stack's table refers to another machine; the value itself is not shown."""
    if table.url and (host := leads_elsewhere(table.url)):
        raise GamedayError(
            f"stack {table.name!r} runs at {host!r}, which is not this machine",
            hint="a check before a deploy writes to nothing but the fakes: give a command, or a url on 127.0.0.1",
        )
    for address in read_reach(table.reach, "'reach'"):
        if not is_loopback(address.host):
            raise GamedayError(
                f"'reach' in the table of stack {table.name!r} leads to {address.host!r}, which is not this machine",
                hint="a check before a deploy writes to nothing but the fakes: run its database on 127.0.0.1",
            )
    parts = {value: repr(name) for process in table.parts for name, value in process.env.items()}
    parts |= {part: "'command'" for command in table.commands for part in command}
    for text, where in parts.items():
        if host := leads_elsewhere(text):
            raise GamedayError(
                f"{where} in the table of stack {table.name!r} leads to {host!r}, which is not this machine",
                hint="use a template such as {crm_url}, so that the stack finds the fakes",
            )


def isolated(environment: Mapping[str, str], *, proxy_url: str = "", authority: str = "") -> dict[str, str]:
    """An environment in which nothing leads to another machine.

    Proxies, variables of vendors' clients, and values with a URL of another host are removed. ``proxy_url`` is the
    fakes' CONNECT listener and ``authority`` the file of its certificate authority, where there is one.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name.lower() not in _PROXIES
        and name not in _AUTHORITIES
        and not _VENDORS.search(name)
        and not leads_elsewhere(value)
    }
    if proxy_url:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            kept[name] = kept[name.lower()] = proxy_url
        kept["NO_PROXY"] = kept["no_proxy"] = LOOPBACK_NAMES
    if authority:
        kept.update(dict.fromkeys(_AUTHORITIES, authority))
    return kept
