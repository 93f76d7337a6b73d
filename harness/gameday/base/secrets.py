"""Takes secrets out of a text that is kept or shown: those that are known, and what looks like one."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from gameday.base.texts import texts_in

MASK = "[secret]"
#: Shorter values are too likely to be a part of ordinary words.
SHORTEST = 6
_WORDS = (
    r"(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|credential|signature|cookie|session[_-]?id)s?"
)
_NAMED = re.compile(rf"{_WORDS}$|(?:^|_)(?:key|pwd|auth|dsn)$", re.IGNORECASE)
#: What looks like a secret; a group that is kept comes first.
_LOOKS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)()", re.DOTALL),
    re.compile(r"(\b(?:authorization|proxy-authorization|cookie|set-cookie)\b[\"']?\s*[:=]\s*)[^\n]+", re.IGNORECASE),
    re.compile(r"(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE),
    re.compile(rf"({_WORDS}[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]+", re.IGNORECASE),
    re.compile(r"(\b[a-z][a-z0-9+.-]{0,30}://)[^\s/@]+@", re.IGNORECASE),
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?"),
    re.compile(r"()\b(?:00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+|gh[pousr]_\w{20,}|AKIA[A-Z0-9]{16}|xox[a-z]-[\w-]{10,})"),
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """The text with every secret replaced by ``[secret]``, and without control characters.

    >>> without_secrets("login failed: password=hunter2, user=jo")
    'login failed: password=[secret], user=jo'
    """
    text = _CONTROL.sub("", text)
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    for pattern in _LOOKS:
        text = pattern.sub(lambda found: f"{found[1] or ''}{MASK}", text)
    return text


def secrets_of(credentials: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """The secrets that a process was given: all values of its file of credentials, and variables named like secrets."""
    found = {value for name, value in environment.items() if _NAMED.search(name)}
    with contextlib.suppress(OSError, ValueError):
        for text in texts_in(json.loads(credentials.read_text(encoding="utf-8"))):
            # A key of several lines is usually quoted line by line.
            found |= {text, *(line for line in text.splitlines() if len(line) > SHORTEST)}
    return frozenset(value for value in found if len(value) >= SHORTEST)
