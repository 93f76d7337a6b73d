"""A certificate authority that outlives the fakes: a stack that runs already trusts it once.

Its key is in a file of the user's data folder that only the user can read. Whoever has the file can pretend to be any
server towards those who trust the authority, so nothing but stacks under test should.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from pathlib import Path

import trustme

#: The key with its certificate, and the certificate alone, which is what clients are to trust.
KEY_FILE = "authority.pem"
CERTIFICATE_FILE = "ca.pem"
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----\n?", re.DOTALL)


class AuthorityError(Exception):
    """The lasting authority cannot be used; one line."""


def lasting_folder() -> Path:
    """Where it is kept: ``gameday`` in the user's data folder. Source: XDG Base Directory Specification, XDG_DATA_HOME.

    >>> lasting_folder().name
    'gameday'
    """
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "gameday"


def lasting_authority(folder: Path | None = None) -> tuple[trustme.CA, Path]:
    """The authority of this user and the file of its certificate; it is made where there is none.

    Raises AuthorityError.
    """
    folder = lasting_folder() if folder is None else folder
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise AuthorityError(f"others can read the key of the authority: chmod 600 {path}")
        text = path.read_bytes()
        certificate, key = _CERTIFICATE.search(text), _KEY.search(text)
        if certificate is None or key is None:
            raise AuthorityError(f"{path} has no certificate with its key; remove it, and another is made")
        authority = trustme.CA.from_pem(certificate[0], key[0])
        public = folder / CERTIFICATE_FILE
        if not public.exists() or public.read_bytes() != certificate[0]:
            _replace(public, certificate[0], 0o644)
    except OSError as problem:
        raise AuthorityError(f"cannot keep an authority in {folder}: {problem.strerror}") from None
    except ValueError as problem:
        raise AuthorityError(f"{path} cannot be read: {str(problem)[:100]}; remove it, and another is made") from None
    return authority, public


def _make(path: Path) -> None:
    """Make an authority; of two processes that do so at once, one is first."""
    made = trustme.CA(organization_name="gameday fakes", organization_unit_name="kept by its user")
    beside = _written(path, made.private_key_pem.bytes() + made.cert_pem.bytes(), 0o600)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _replace(path: Path, text: bytes, mode: int) -> None:
    _written(path, text, mode).replace(path)


def _written(path: Path, text: bytes, mode: int) -> Path:
    """A new file beside another, which only its user can read until it has its mode."""
    number, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(number, "wb") as file:
        file.write(text)
        os.fchmod(number, mode)
    return Path(beside)
