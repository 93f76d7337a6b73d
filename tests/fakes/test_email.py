"""The mail server by Python's own client, and what a mail of any shape says."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.email.messages import read_message
from support.credentials import EMAIL
from support.rows import rows

slow = pytest.mark.slow
TO = ["finance@example.com"]


def mail(subject: str = "Orders wait", text: str = "reason: the period is closed", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Sync <sync@example.com>"
    message["To"] = ", ".join(TO)
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def raws(fakes: Any) -> list[dict[str, Any]]:
    return [event["value"]["raw"] for event in fakes.events("alert")]


@pytest.fixture
def client(fakes: Any) -> Iterator[smtplib.SMTP]:
    """A client as a sync has it: connected, not logged in."""
    address = urlsplit(fakes.urls["email"])
    with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=30) as client:
        yield client


@slow
def test_a_mail_arrives_without_a_login(fakes: Any, client: smtplib.SMTP) -> None:
    assert client.send_message(mail()) == {}
    (raw,) = raws(fakes)
    assert (raw["message"]["subject"], raw["message"]["recipients"]) == ("Orders wait", TO)
    assert raw["message"]["from"] == {"name": "Sync", "address": "sync@example.com"}
    assert [message["subject"] for message in fakes.snapshot("email")["messages"]] == ["Orders wait"]


@slow
@pytest.mark.parametrize("way", ["auth_plain", "auth_login"])
def test_the_client_logs_in_by_password(client: smtplib.SMTP, way: str) -> None:
    client.ehlo()
    client.user, client.password = "anybody", EMAIL["password"]  # type: ignore[attr-defined]
    assert client.auth(way.removeprefix("auth_").upper(), getattr(client, way))[0] == 235


@slow
def test_a_wrong_password_is_refused(client: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        client.login("sync@example.com", "wrong")
    assert refused.value.smtp_code == 535


@slow
def test_the_mail_server_speaks_tls_on_a_port_of_its_own(fakes: Any, client_environment: dict[str, str]) -> None:
    address = urlsplit(fakes.tls_urls["email"])
    context = ssl.create_default_context(cafile=fakes.ca)
    with smtplib.SMTP_SSL(address.hostname or "", address.port or 0, context=context, timeout=30) as client:
        client.login(EMAIL["user"], EMAIL["password"])
        client.send_message(mail())
    assert len(raws(fakes)) == 1


@slow
def test_a_session_changes_over_to_tls(fakes: Any, client: smtplib.SMTP) -> None:
    client.ehlo()
    assert client.has_extn("starttls")
    client.starttls(context=ssl.create_default_context(cafile=fakes.ca))
    client.ehlo()
    assert not client.has_extn("starttls")
    assert client.docmd("STARTTLS")[0] == 503
    client.login(EMAIL["user"], EMAIL["password"])
    client.send_message(mail())
    assert [raw["message"]["subject"] for raw in raws(fakes)] == ["Orders wait"]


@slow
def test_what_was_said_before_tls_is_forgotten(fakes: Any, client: smtplib.SMTP) -> None:
    client.ehlo()
    client.mail("sync@example.com")
    client.starttls(context=ssl.create_default_context(cafile=fakes.ca))
    assert client.docmd("RCPT", "TO:<finance@example.com>")[0] == 503


@slow
def test_a_client_that_does_not_trust_the_certificate_ends_the_session(fakes: Any, client: smtplib.SMTP) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=ssl.create_default_context())
    assert fakes.snapshot("email")["messages"] == []


@slow
def test_commands_sent_along_with_starttls_end_the_session(fakes: Any) -> None:
    address = urlsplit(fakes.urls["email"])
    with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
        assert raw.recv(100).startswith(b"220")
        raw.sendall(b"STARTTLS\r\nMAIL FROM:<injected@example.com>\r\n")
        assert raw.recv(100) == b""


@slow
def test_several_mails_go_over_one_connection_and_blind_copies_are_recipients(fakes: Any, client: smtplib.SMTP) -> None:
    for number in range(3):
        client.send_message(mail(f"Mail {number}"), to_addrs=[*TO, "blind@example.com"])
    assert [raw["message"]["subject"] for raw in raws(fakes)] == ["Mail 0", "Mail 1", "Mail 2"]
    assert raws(fakes)[0]["message"]["recipients"] == [*TO, "blind@example.com"]


@slow
def test_an_answer_belongs_to_the_thread_of_the_mail_that_it_answers(fakes: Any, client: smtplib.SMTP) -> None:
    client.send_message(mail(Message_ID="<1@sync>"))
    client.send_message(mail("Update", Message_ID="<2@sync>", In_Reply_To="<1@sync>"))
    client.send_message(mail("RESOLVED", Message_ID="<3@sync>", References="<0@x> <2@sync>"))
    client.send_message(mail("Another", Message_ID="<4@sync>", In_Reply_To="<unknown@sync>"))
    assert [raw["first"]["subject"] for raw in raws(fakes)] == ["Orders wait", "Orders wait", "Orders wait", "Another"]


@slow
def test_a_person_answers_a_mail(fakes: Any, client: smtplib.SMTP) -> None:
    client.send_message(mail(Message_ID="<1@sync>"))
    assert fakes.operate("email", "acknowledge", "<1@sync>") == {"id": "<1@sync>"}
    assert raws(fakes)[-1]["message"]["answer"] == "acknowledge"
    body = {"f": "resolve", "key": "<2@sync>", "value": {}}
    assert "no mail with the id '<2@sync>'" in fakes.call("POST", "/email/operations", body).json()["error"]


@slow
@pytest.mark.parametrize(("error", "code"), [("server_error", 451), ("rejected", 554), ("rate_limited", 452)])
def test_a_fault_refuses_mails_with_a_code_of_smtp(fakes: Any, client: smtplib.SMTP, error: str, code: int) -> None:
    fakes.inject("email", action="reply", error=error, operation="alert.write", times=1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.send_message(mail())
    assert refused.value.smtp_code == code
    client.send_message(mail("again"))
    assert ([raw["message"]["subject"] for raw in raws(fakes)], len(fakes.events("hit"))) == (["again"], 1)


@slow
def test_a_fault_resets_the_connection_after_the_mail_was_taken(fakes: Any, client: smtplib.SMTP) -> None:
    fakes.inject("email", action="drop", when="after", times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        client.send_message(mail())
    assert len(raws(fakes)) == 1


@slow
def test_a_server_that_is_unavailable_hangs_up(fakes: Any, client: smtplib.SMTP) -> None:
    fakes.inject("email", action="reply", error="unavailable")
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPServerDisconnected)):
        client.send_message(mail())
    assert raws(fakes) == []


def talk(fakes: Any, *lines: bytes) -> list[int]:
    """The codes of the answers to raw lines."""
    address = urlsplit(fakes.urls["email"])
    with (
        socket.create_connection((address.hostname, address.port), timeout=30) as sock,
        sock.makefile("rb") as answers,
    ):
        codes = [int(answers.readline()[:3])]
        for each in lines:
            sock.sendall(each + b"\r\n")
            answer = answers.readline()
            while answer[3:4] == b"-":
                answer = answers.readline()
            codes.append(int(answer[:3]))
    return codes[1:]


@slow
def test_commands_out_of_order_or_of_bad_form_are_refused_and_the_session_goes_on(fakes: Any) -> None:
    commands = [
        (b"MAIL FROM:<a@b>", 503),
        (b"EHLO", 501),
        (b"EHLO me", 250),
        (b"RCPT TO:<a@b>", 503),
        (b"DATA", 503),
        (b"MAIL FROM:a@b", 501),
        (b"MAIL TO:<a@b>", 501),
        (b"MAIL FROM:<> SIZE=999999999", 552),
        (b"MAIL FROM:<a@b> BODY=8BITMIME SIZE=10", 250),
        (b"MAIL FROM:<a@c>", 503),
        (b"RCPT TO:<nobody>", 501),
        (b"RCPT FROM:<a@b>", 501),
        (b"RCPT TO:<a@b>", 250),
        (b"RSET", 250),
        (b"rcpt to:<a@b>", 503),
        (b"NOOP", 250),
        (b"VRFY a", 252),
        (b"AUTH GSSAPI", 504),
        (b"AUTH PLAIN !", 501),
        (b"HELP", 502),
        (b"\xff\xfe", 502),
        (b"HELO me", 250),
        (b"QUIT", 221),
    ]
    assert talk(fakes, *(command for command, _ in commands)) == [code for _, code in commands]
    assert [event["value"]["call"] for event in fakes.events("unsupported")][:1] == ["SMTP HELP"]


@slow
def test_lines_that_begin_with_a_dot_arrive_as_they_were(fakes: Any, client: smtplib.SMTP) -> None:
    client.send_message(mail(text=".\n..\nlate"))
    assert raws(fakes)[0]["message"]["text"] == ".\n..\nlate\n"


@slow
def test_a_mail_that_is_broken_off_never_arrives(fakes: Any) -> None:
    codes = talk(fakes, b"EHLO me", b"MAIL FROM:<a@b>", b"RCPT TO:<a@b>", b"DATA")
    assert (codes, raws(fakes)) == ([250, 250, 250, 354], [])


# -- reading a mail -----------------------------------------------------------------------------------------


def read(message: EmailMessage | bytes) -> dict[str, Any]:
    content = message if isinstance(message, bytes) else message.as_bytes()
    return read_message(content, ["finance@example.com"])


@rows("encoding", ["7bit", "8bit", "quoted-printable", "base64"])
def test_a_text_is_read_in_every_transfer_encoding(encoding: str) -> None:
    text = "late: 006A" if encoding == "7bit" else "Überfällig: 006A, 山田 商事 " * 9
    message = mail()
    message.clear_content()
    message.set_content(text, cte=encoding)
    assert read(message)["text"].strip() == text.strip()


@rows("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_text_is_read_in_every_charset(charset: str) -> None:
    content = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
    assert read(content + base64.b64encode("Zürich".encode(charset)))["text"] == "Zürich"


@rows("subject", ["Überfällige Aufträge", "注文が遅れています", "plain", "a" * 300])
def test_encoded_words_of_a_header_are_decoded(subject: str) -> None:
    assert read(mail(subject).as_bytes())["subject"] == subject


def test_of_a_text_and_the_same_as_a_page_the_text_is_read_and_a_page_alone_without_marks() -> None:
    message = mail(text="006A waits")
    message.add_alternative("<p>006A <b>waits</b></p>", subtype="html")
    assert read(message)["text"].strip() == "006A waits"
    page = mail()
    page.clear_content()
    page.set_content("<style>p {x: 1}</style><p>flow: f</p><p>reason: <b>closed</b> period</p>", subtype="html")
    assert read(page)["text"] == "flow: f\nreason: closed period"


def test_attachments_are_named_and_those_of_text_are_read() -> None:
    message = mail()
    message.add_attachment(b'{"Id": "006A"}', maintype="application", subtype="json", filename="Auftrag ü.json")
    message.add_attachment("a,b\n", subtype="csv", filename="orders.csv")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="chart.png")
    assert read(message)["attachments"] == [
        {"name": "Auftrag ü.json", "type": "application/json", "text": '{"Id": "006A"}'},
        {"name": "orders.csv", "type": "text/csv", "text": "a,b\n"},
        {"name": "chart.png", "type": "image/png"},
    ]


@rows(
    "content",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Subject: =?utf-8?b?!!!?=\n\nx",
        b"Subject: =?no-such?q?x?=\n\nx",
        b"Content-Type: text/plain; charset=no-such\n\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n",
        b"Content-Transfer-Encoding: base64\n\n!!!",
        b"From: <<>>\nTo: ,,,\nMessage-ID: none\nReferences: <a\n\n",
        b"Subject: \xff\xfe\nContent-Disposition: attachment; filename*=bad''%ff\n\nx",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: text/plain\n\na\n" * 500,
    ],
)
def test_a_malformed_mail_is_read_as_far_as_it_goes(content: bytes) -> None:
    assert set(read(content)) >= {"subject", "text", "attachments", "references"}


@given(st.binary(max_size=300))
def test_no_mail_is_an_error(content: bytes) -> None:
    assert read(content)["recipients"] == ["finance@example.com"]


@rows("header", ["From", "To"])
def test_groups_of_addresses_within_groups_are_no_addresses(header: str) -> None:
    message = read(f"{header}: {'a:' * 50_000}\nSubject: Orders wait\n\nlate: 006A\n".encode())
    assert message["subject"] == "Orders wait"
    assert message["to"] == [] and message["from"] == {"name": "", "address": ""}
