"""Credentials as they may be shown; those of a fake are in its vendor's manifest, and open nothing else."""

from __future__ import annotations

import hashlib


def fingerprint(key: str) -> str:
    """What stands for a routing key where the key itself must not be: in a history.

    >>> fingerprint("gamedaygamedaygamedaygameday0006")
    'sha256:72e094f401b7'
    """
    return f"sha256:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}"
