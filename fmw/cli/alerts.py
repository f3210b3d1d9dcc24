"""`fmw alerts`: what is wrong, and who is told."""

from __future__ import annotations

import sys

import click

from db.connection import ETL, OPS, connect
from etl.alerts import list_troubles, send_alerts, tell_test
from etl.channels import channels
from etl.report import show_troubles
from fmw.cli.terminal import console
from fmw.errors import SettingsError
from fmw.settings import Settings


@click.group()
def alerts() -> None:
    """What is wrong now, and who is told: by webhook and mail, set up in fmw.toml.

    The worker tells what is new by itself. It cannot tell of its own end: let a scheduled task
    call `fmw alerts send`.
    """


@alerts.command("list")
@click.pass_obj
def alerts_list(settings: Settings) -> None:
    """Show what wants an administrator now; exit code 1 if there is anything."""
    with connect(settings, OPS) as conn:
        troubles = list_troubles(conn)
    show_troubles(console, troubles)
    sys.exit(1 if troubles else 0)


@alerts.command("send")
@click.pass_obj
def alerts_send(settings: Settings) -> None:
    """Tell on every way what has not been told yet, as the worker does."""
    with connect(settings, ETL) as conn:
        told = send_alerts(conn, settings)
    for name, count in told.items():
        console.print(f"{name}: {count} told")
    if not told:
        console.print("nobody is told: neither alert_webhook nor alert_mail_to is set")


@alerts.command("test")
@click.pass_obj
def alerts_test(settings: Settings) -> None:
    """Send a message on every way that is set up."""
    ways = channels(settings)
    if not ways:
        raise SettingsError("no way is set up", hint="set alert_webhook or alert_mail_to")
    for channel in ways:
        tell_test(channel)
        console.print(f"{channel.name}: sent")
