"""How a NetSuite account proves that it is a sandbox, a Release Preview or a test drive account.

The account's id says what it is ("Understanding NetSuite Account Types" and "URLs for Account-Specific Domains" of
Oracle's NetSuite help): ``1234567_SB1``, ``1234567_RP``, ``TSTDRV1234567``; a production account's id is a number. That
the credentials are those of this account is proved by what the account itself answers: ``tokeninfo`` names the account
of the token, and the links of a reply name the host on whose connection it was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.tenant import decoded

TOKEN_INFO = "/rest/tokeninfo"  # noqa: S105 - a path
_DOMAIN = ".suitetalk.api.netsuite.com"
_ACCOUNT = re.compile(r"([0-9]+_(SB|RP)[0-9]*|TSTDRV[0-9]+)\Z")
_PRODUCTION = re.compile(r"[0-9]+\Z")


def check_account(text: str) -> str:
    """An account's id as signatures have it. Raises ValueError unless it is a sandbox's."""
    account = text.upper()
    if not _ACCOUNT.match(account):
        raise ValueError(
            f"{text[:40]!r} is not the id of a NetSuite sandbox, such as 1234567_SB1, 1234567_RP or TSTDRV1234567"
        )
    return account


def check_any_account(text: str) -> str:
    """An account's id as signatures have it, in production or not. Raises ValueError."""
    if _PRODUCTION.match(text) or _ACCOUNT.match(text.upper()):
        return text.upper()
    raise ValueError(f"{text[:40]!r} is not the id of a NetSuite account, such as 1234567 or 1234567_SB1")


def account_of(host: str, check: Callable[[str], str] = check_account) -> str:
    """The account of a host name. Raises ValueError unless it is one that ``check`` takes, by itself a sandbox's."""
    label, _, domain = host.lower().partition(".")
    if f".{domain}" != _DOMAIN:
        raise ValueError(f"{host[:120]!r} is not the host of a NetSuite account, such as 1234567-sb1{_DOMAIN}")
    return check(label.replace("-", "_"))


def restlets_host(host: str) -> str:
    """The host of the same account that names the account of a token."""
    return host.replace(".suitetalk.", ".restlets.")


def check_token_info(answer: Answer, account: str) -> None:
    """Raise NotASandbox unless a reply of ``tokeninfo`` names this account, and TenantGone if there is none."""
    found = _object(answer)
    company = found.get("companyId")
    if company != account:
        raise NotASandbox(f"the token is one of account {company!r}, not of {account}")


def check_links(answer: Answer, host: str) -> None:
    """Raise NotASandbox unless the links of a page lead to this host, and TenantGone if there is none."""
    links = _object(answer).get("links")
    found = [link.get("href") for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    if not found:
        raise NotASandbox("its reply has no links, so nothing says which account it is")
    for href in found:
        if not isinstance(href, str) or not href.startswith(f"https://{host}/services/rest/"):
            raise NotASandbox(f"its reply links to {str(href)[:120]!r}, not to {host}")


def _object(answer: Answer) -> dict[str, object]:
    if answer.status != 200:
        raise TenantGone(f"it did not say what it is: status {answer.status}")
    if "json" not in answer.header("content-type").lower():
        raise NotASandbox("its answer is not JSON")
    found = decoded(answer)
    if not isinstance(found, dict):
        raise NotASandbox("its answer is not an object")
    return found
