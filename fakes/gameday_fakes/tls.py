"""Certificates for the fakes: an authority for each run, or one that lasts, and the certificates that it signs.

Many vendors' clients use only https, and some only the vendor's own host names. A client that trusts this authority
alone cannot reach a real tenant by mistake, because it accepts no other certificate.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path

import trustme

from gameday_fakes.lasting_authority import lasting_authority

#: This machine's names, and the addresses of loopback at which links listen for lines in /etc/hosts.
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", *(f"127.0.0.{number}" for number in range(11, 15)))


class Authority:
    """A certificate authority; ``bundle`` is the PEM file that clients are to trust.

    Its key lives in memory, unless it is the user's lasting one. Raises AuthorityError where that cannot be used.
    """

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        if lasting:
            self._authority, self.bundle = lasting_authority()
            return
        self._authority = trustme.CA(organization_name="gameday fakes", organization_unit_name="one run")
        self.bundle = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.bundle)

    def context(self, names: Iterable[str]) -> ssl.SSLContext:
        """A server's context with a certificate for ``names`` and for this machine's own names.

        A name is a host name, an address, or a host name that starts with ``*.`` for any one label.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(*dict.fromkeys((*LOCAL_NAMES, *names))).configure_cert(context)
        return context
