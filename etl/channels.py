"""The ways on which people are told that something is wrong: a webhook, a mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any, Protocol

import httpx

from fmw.errors import FmwError, SettingsError
from fmw.settings import Settings

PATIENCE = 10.0
"""Seconds a server may take to accept a message."""
CARD = "http://adaptivecards.io/schemas/adaptive-card.json"


class AlertError(FmwError):
    """A message could not be delivered."""


class Channel(Protocol):
    """A way on which people are told."""

    name: str

    def tell(self, title: str, lines: Sequence[str]) -> None:
        """Deliver one message; raises `AlertError`, which never names a secret."""


class Webhook:
    """A POST of JSON, as Teams' Workflows and Slack take it."""

    name = "webhook"

    def __init__(self, settings: Settings) -> None:
        """Raise `SettingsError` for a format that is none."""
        forms = {"teams": _card, "slack": _text}
        if settings.alert_webhook_format not in forms:
            raise SettingsError(
                f"alert_webhook_format {settings.alert_webhook_format!r} is not known",
                hint=f"one of: {', '.join(forms)}",
            )
        self._url = settings.alert_webhook
        self._render = forms[settings.alert_webhook_format]

    def tell(self, title: str, lines: Sequence[str]) -> None:
        """Post the message; anything but a 2xx is an `AlertError`."""
        try:
            response = httpx.post(
                self._url,
                json=self._render(title, lines),
                timeout=PATIENCE,
                verify=ssl.create_default_context(),
            )
        except Exception as exc:  # whatever: the worker goes on
            raise AlertError(
                f"no answer: {type(exc).__name__}", hint="check alert_webhook"
            ) from exc
        if not response.is_success:
            raise AlertError(f"it answered {response.status_code}", hint="check alert_webhook")


def _card(title: str, lines: Sequence[str]) -> dict[str, Any]:
    head = {"type": "TextBlock", "text": title, "weight": "bolder", "wrap": True}
    # Markdown would run single line feeds together.
    body = [{"type": "TextBlock", "text": line, "wrap": True} for line in lines]
    card = {"$schema": CARD, "type": "AdaptiveCard", "version": "1.4", "body": [head, *body]}
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _text(title: str, lines: Sequence[str]) -> dict[str, Any]:
    return {"text": "\n".join([title, *lines])}


class Mail:
    """A mail over SMTP."""

    name = "mail"

    def __init__(self, settings: Settings) -> None:
        """Raise `SettingsError` for a kind of security that is none."""
        if settings.alert_smtp_security not in ("none", "starttls", "tls"):
            raise SettingsError(
                f"alert_smtp_security {settings.alert_smtp_security!r} is not known",
                hint="one of: none, starttls, tls",
            )
        self._settings = settings

    def tell(self, title: str, lines: Sequence[str]) -> None:
        """Hand the mail to the server."""
        settings = self._settings
        try:
            message = EmailMessage()
            message["Subject"], message["From"] = title, settings.alert_mail_from
            message["To"] = settings.alert_mail_to
            message.set_content("\n".join(lines) + "\n")
            with self._connect() as server:
                if settings.alert_smtp_user:
                    server.login(settings.alert_smtp_user, settings.alert_smtp_password)
                server.send_message(message)
        except Exception as exc:  # whatever: the worker goes on
            is_known = isinstance(exc, OSError | smtplib.SMTPException)
            said = str(exc) if is_known else type(exc).__name__  # others may quote a secret
            raise AlertError(f"not sent: {said}", hint="check the alert_smtp settings") from exc

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        address = settings.alert_smtp_host, settings.alert_smtp_port
        context = ssl.create_default_context()
        if settings.alert_smtp_security == "tls":
            return smtplib.SMTP_SSL(*address, timeout=PATIENCE, context=context)
        server = smtplib.SMTP(*address, timeout=PATIENCE)
        if settings.alert_smtp_security == "starttls":
            server.starttls(context=context)
        return server


def channels(settings: Settings) -> list[Channel]:
    """Return the ways that are set up; raises `SettingsError` if one is wrongly so."""
    found: list[Channel] = []
    if settings.alert_webhook:
        found.append(Webhook(settings))
    if settings.alert_mail_to:
        found.append(Mail(settings))
    return found
