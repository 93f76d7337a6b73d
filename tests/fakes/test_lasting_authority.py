"""The authority that a user keeps: made once, the same from then on, and its key is nobody else's to read."""

from __future__ import annotations

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gameday_fakes import lasting_authority as module
from gameday_fakes.lasting_authority import AuthorityError, lasting_authority, lasting_folder
from gameday_fakes.tls import Authority
from support.rows import rows


def test_it_is_made_once_and_its_key_is_for_its_user_only(tmp_path: Path) -> None:
    _, first = lasting_authority(tmp_path / "gameday")
    text = first.read_text()
    _, second = lasting_authority(tmp_path / "gameday")
    assert (first, text) == (second, second.read_text())
    assert "PRIVATE KEY" not in text
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "gameday").iterdir()}
    assert modes == {"authority.pem": 0o600, "ca.pem": 0o644}


def test_two_that_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        made = [*pool.map(lambda _: lasting_authority(tmp_path)[0].cert_pem.bytes(), range(4))]
    assert len(set(made)) == 1


def test_who_trusts_it_accepts_the_certificates_of_later_fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    trusting = ssl.create_default_context(cafile=str(lasting_authority()[1]))
    for _ in range(2):
        server = Authority(tmp_path, lasting=True).context(["login.salesforce.com"])
        assert agree(trusting, server, "login.salesforce.com")
    with pytest.raises(ssl.SSLCertVerificationError):
        agree(trusting, Authority(tmp_path).context(["login.salesforce.com"]), "login.salesforce.com")


def agree(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> bool:
    """A handshake in memory. Raises ssl.SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=name), server.wrap_bio(up, down, server_side=True)]
    done: set[int] = set()
    for turn in range(20):
        try:
            ends[turn % 2].do_handshake()
            done.add(turn % 2)
        except ssl.SSLWantReadError:
            continue
    return len(done) == 2


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    lasting_authority(tmp_path)
    (tmp_path / "authority.pem").chmod(0o644)
    with pytest.raises(AuthorityError, match=r"others can read the key of the authority: chmod 600 .*authority\.pem"):
        lasting_authority(tmp_path)


@rows("text", ["", "no key", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_file_that_is_no_authority_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "authority.pem"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(AuthorityError, match="has no certificate with its key; remove it"):
        lasting_authority(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    lasting_authority(tmp_path)
    path = tmp_path / "authority.pem"
    path.write_bytes(path.read_bytes().replace(b"M", b"!"))
    with pytest.raises(AuthorityError, match=r"cannot be read|no certificate with its key"):
        lasting_authority(tmp_path)


def test_it_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert lasting_folder() == Path("/data/gameday")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert lasting_folder() == Path.home() / ".local" / "share" / "gameday"
    assert module.KEY_FILE != module.CERTIFICATE_FILE
