"""A token goes to no server whose certificate nobody vouches for."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme

from gameday.base.errors import GamedayError
from gameday.config.publish import PublishTable
from gameday.contracts.drafting.sources import fetch
from gameday_reports.sending import TOKEN_VARIABLE, over_http

TOKEN = "secret-token-of-a-test"


def published(url: str) -> None:
    over_http(PublishTable(url))("POST", "", {})


def fetched(url: str) -> None:
    fetch(url, token=TOKEN, accept="application/json")


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a server with a certificate of an authority of its own, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that gives up is what is wanted."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Quiet(("127.0.0.1", 0), Handler) as served:
        served.socket = context.wrap_socket(served.socket, server_side=True)
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://127.0.0.1:{served.server_port}/", asked
        served.shutdown()
        thread.join()


@pytest.mark.parametrize("send", [published, fetched])
def test_a_server_without_a_trusted_certificate_is_asked_nothing(
    server: tuple[str, list[str]], send: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    url, asked = server
    with pytest.raises(GamedayError, match="ConnectError"):
        send(url)
    assert asked == []
