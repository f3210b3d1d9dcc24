"""Alerts against servers of our own: who is told what, when, and how often."""

from __future__ import annotations

import email
import email.policy
import http.server
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from db.connection import ETL, connect
from etl.alerts import Notifier, send_alerts, tell_pending, tell_test
from etl.channels import AlertError, Mail, Webhook, channels
from fmw.errors import SettingsError
from fmw.settings import Settings


class Inbox:
    """What a server of ours was sent, and what it answers."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.status = 200
        self.port = 0


@pytest.fixture
def webhook() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if inbox.status == 200:
                inbox.messages.append(json.loads(body))
            self.send_response(inbox.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    yield from _serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler), inbox)


@pytest.fixture
def mail_server() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(socketserver.StreamRequestHandler):
        """As much SMTP as a client needs to hand over a mail."""

        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            for line in self.rfile:
                verb = line.split()[0].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                    inbox.messages.append(message)
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
                if verb == b"QUIT":
                    return

    yield from _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), inbox)


def _serving(server: socketserver.TCPServer, inbox: Inbox) -> Iterator[Inbox]:
    inbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield inbox
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(settings: Settings, webhook: Inbox) -> Settings:
    """Settings with a webhook of plain texts, and no pause between messages."""
    url = f"http://127.0.0.1:{webhook.port}/hook?secret=s3cret"
    return msgspec.structs.replace(
        settings, alert_webhook=url, alert_webhook_format="slack", alert_pause=0.0
    )


def test_a_failed_run_is_told_once_and_its_end_too(
    told: Settings, etl: Any, webhook: Inbox, end_run: Callable[..., int]
) -> None:
    notifier = Notifier(told)
    run_id = end_run("failed", "no such column")
    for _ in range(3):
        notifier.notify(etl)
    ((text,),) = [message.values() for message in webhook.messages]
    title, first, reason, remedy = text.splitlines()
    assert title == "[FMW] 문제 1건: team"
    assert first.startswith("[문제] 동기화 실패: team (")
    assert reason == f"  run {run_id}: no such column"
    assert remedy.endswith("fmw sync team")

    end_run("failed", "no such column")
    notifier.notify(etl)
    assert len(webhook.messages) == 1  # it is still the same trouble
    end_run("succeeded")
    for _ in range(3):
        notifier.notify(etl)
    assert [message["text"].splitlines()[0] for message in webhook.messages[1:]] == [
        "[FMW] 해결 1건: team"
    ]


def test_what_happens_within_the_pause_comes_in_one_message(
    told: Settings, etl: Any, admin: Any, webhook: Inbox, end_run: Callable[..., int]
) -> None:
    slow = Notifier(msgspec.structs.replace(told, alert_pause=3600.0))
    end_run("failed", "broken")
    slow.notify(etl)
    end_run("held", "it would remove 5 of 6 rows")
    end_run("succeeded")
    end_run("held", "it would remove 6 of 6 rows")
    slow.notify(etl)
    assert len(webhook.messages) == 1
    admin.execute("update ops.alert_deliveries set delivered_at = now() - interval '2 hours'")
    slow.notify(etl)
    title, *lines = webhook.messages[1]["text"].splitlines()
    assert title == "[FMW] 문제 1건, 해결 1건: team"
    assert [line[:9] for line in lines] == [
        "[해결] 동기화 ",
        "[문제] 동기화 ",
        "  run 4: ",
        "  -> 삭제가 ",
    ]


def test_a_trouble_that_was_over_before_it_was_told_is_never_told(
    told: Settings, etl: Any, webhook: Inbox, end_run: Callable[..., int]
) -> None:
    webhook.status = 500
    notifier = Notifier(told)
    end_run("failed", "broken")
    notifier.notify(etl)
    end_run("succeeded")
    webhook.status = 200
    notifier.notify(etl)
    assert webhook.messages == []


def test_a_way_that_fails_is_logged_without_its_secret_and_tried_again(
    told: Settings,
    etl: Any,
    webhook: Inbox,
    end_run: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook.status = 403
    notifier = Notifier(told)
    end_run("failed", "broken")
    notifier.notify(etl)
    assert "alert by webhook: it answered 403" in caplog.text
    assert "s3cret" not in caplog.text
    webhook.status = 200
    notifier.notify(etl)
    assert len(webhook.messages) == 1


def test_a_mail_says_the_same(
    told: Settings,
    etl: Any,
    webhook: Inbox,
    mail_server: Inbox,
    end_run: Callable[..., int],
) -> None:
    both = msgspec.structs.replace(
        told,
        alert_mail_to="admin@example.com, other@example.com",
        alert_smtp_host="127.0.0.1",
        alert_smtp_port=mail_server.port,
    )
    end_run("failed", "글자가 깨짐")
    assert send_alerts(etl, both) == {"webhook": 1, "mail": 1}
    assert send_alerts(etl, both) == {"webhook": 0, "mail": 0}
    (mail,) = mail_server.messages
    assert isinstance(mail, EmailMessage)
    assert mail["subject"] == "[FMW] 문제 1건: team"
    assert mail["to"] == "admin@example.com, other@example.com"
    body = mail.get_content()
    assert "글자가 깨짐" in body
    assert body.splitlines() == webhook.messages[0]["text"].splitlines()[1:]


def test_teams_gets_a_card(told: Settings, webhook: Inbox) -> None:
    tell_test(Webhook(msgspec.structs.replace(told, alert_webhook_format="teams")))
    (message,) = webhook.messages
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["body"][0]["text"]) == ("AdaptiveCard", "[FMW] 시험")
    assert all(block["type"] == "TextBlock" and block["wrap"] for block in card["body"])


def test_servers_that_are_away_are_named_as_such(settings: Settings) -> None:
    dead = msgspec.structs.replace(
        settings,
        alert_webhook="http://127.0.0.1:9/hook",
        alert_mail_to="admin@example.com",
        alert_smtp_port=9,
        alert_smtp_host="127.0.0.1",
    )
    for channel in channels(dead):
        with pytest.raises(AlertError) as caught:
            tell_test(channel)
        assert "alert_" in caught.value.hint


@pytest.mark.parametrize(
    ("setting", "make"), [("alert_webhook_format", Webhook), ("alert_smtp_security", Mail)]
)
def test_unknown_kinds_are_refused(setting: str, make: Callable[[Settings], Any]) -> None:
    with pytest.raises(SettingsError, match=setting):
        make(msgspec.structs.replace(Settings(), **{setting: "carrier pigeon"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"alert_mail_to": "a@example.com\nb@example.com"},
        {"alert_mail_from": ""},
        {"alert_smtp_host": "a..b"},
        {"alert_smtp_user": "x", "alert_smtp_password": "비밀-s3cret"},
    ],
)
def test_a_wrong_setting_is_an_error_that_tells_no_secret(
    settings: Settings, mail_server: Inbox, wrong: dict[str, str]
) -> None:
    given = {
        "alert_mail_to": "admin@example.com",
        "alert_smtp_host": "127.0.0.1",
        "alert_smtp_port": mail_server.port,
    }
    mail = Mail(msgspec.structs.replace(settings, **(given | wrong)))
    with pytest.raises(AlertError) as caught:
        tell_test(mail)
    assert "s3cret" not in str(caught.value)


def test_two_who_tell_at_once_tell_it_once(
    told: Settings,
    etl: Any,
    webhook: Inbox,
    end_run: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_run("failed", "broken")
    etl.execute("select ops.note_troubles()")
    (channel,) = channels(told)
    tell, counts = channel.tell, list[int]()

    def slow(title: str, lines: Sequence[str]) -> None:
        with connect(told, ETL) as other:
            counts.append(tell_pending(other, Webhook(told), 0.0))
        tell(title, lines)

    monkeypatch.setattr(channel, "tell", slow)
    assert (tell_pending(etl, channel, 0.0), counts, len(webhook.messages)) == (1, [0], 1)
