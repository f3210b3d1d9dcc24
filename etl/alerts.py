"""Alerts: what is wrong and what is over again, told by webhook and mail."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence

import msgspec
import psycopg
from psycopg.rows import class_row

from db.connection import is_lost
from etl.channels import AlertError, Channel, channels
from etl.sync import KOREA
from fmw.settings import Settings

logger = logging.getLogger(__name__)

WORDS = {
    "run_failed": ("동기화 실패", "원본을 고친 뒤: fmw sync {}"),
    "run_held": ("동기화 보류", "삭제가 맞으면: fmw sync {} --accept-removals"),
    "source_late": ("동기화 지연", "확인: select * from ops.freshness"),
    "run_waiting": ("동기화가 실행되지 않음", "워커가 떠 있는지 확인"),
    "service_silent": ("서비스 응답 없음", "서비스 {}의 상태와 로그 확인"),
    "backup_missing": ("백업 없음", "백업 작업 확인: select * from ops.backups"),
    "backup_failed": ("백업 실패", "확인: select * from ops.backups"),
    "test": ("시험 메시지", "받았으면 된 것입니다"),
}
"""Per code of ops.troubles: what it is called, and what helps."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ops.pending_alerts: a trouble, or that it is over."""

    alert_id: int
    code: str
    subject: str
    message: str
    at: dt.datetime
    is_recovery: bool

    def lines(self) -> Iterator[str]:
        """Yield what is told of it: what and when, then the reason and what helps."""
        name, remedy = WORDS.get(self.code, (self.code, ""))
        about = f"{name}: {self.subject}" if self.subject else name
        mark = "[해결]" if self.is_recovery else "[문제]"
        yield f"{mark} {about} ({self.at.astimezone(KOREA):%m-%d %H:%M})"
        if not self.is_recovery:
            yield f"  {self.message}"
            yield f"  -> {remedy.format(self.subject)}"


class Notifier:
    """Tells each trouble once on each way, and its end; what fails is tried again later."""

    def __init__(self, settings: Settings) -> None:
        """Raise `SettingsError` if a way is wrongly set up."""
        self._channels = channels(settings)
        self._pause = settings.alert_pause
        self._not_before: dict[str, float] = {}

    def notify(self, conn: psycopg.Connection) -> None:
        """Note what is wrong now, and tell what is new; a way that fails is logged."""
        conn.execute("select ops.note_troubles()")
        for channel in self._channels:
            if self._not_before.get(channel.name, 0.0) > time.monotonic():
                continue
            try:
                tell_pending(conn, channel, self._pause)
            except AlertError as exc:
                self._not_before[channel.name] = time.monotonic() + self._pause
                logger.error("alert by %s: %s", channel.name, exc.message, extra={"hint": exc.hint})


def tell_pending(conn: psycopg.Connection, channel: Channel, pause: float) -> int:
    """Tell on one way all that it has not told, in one message, and return how much that was.

    Nothing while another process tells on it.
    """
    lock = f"fmw.alerts.{channel.name}"
    row = conn.execute("select pg_try_advisory_lock(hashtext(%s))", [lock]).fetchone()
    if row != (True,):
        return 0
    try:
        return _tell_pending(conn, channel, pause)
    finally:
        if not is_lost(conn):
            conn.execute("select pg_advisory_unlock(hashtext(%s))", [lock])


def _tell_pending(conn: psycopg.Connection, channel: Channel, pause: float) -> int:
    with conn.cursor(row_factory=class_row(Alert)) as cursor:
        alerts = cursor.execute(
            "select * from ops.pending_alerts(%s, make_interval(secs => %s))",
            [channel.name, pause],
        ).fetchall()
    if alerts:
        channel.tell(_title(alerts), [line for alert in alerts for line in alert.lines()])
        conn.execute(
            "select ops.record_alert_deliveries(%s, %s, %s)",
            [
                channel.name,
                [alert.alert_id for alert in alerts],
                [alert.is_recovery for alert in alerts],
            ],
        )
    return len(alerts)


def send_alerts(conn: psycopg.Connection, settings: Settings) -> dict[str, int]:
    """Note what is wrong now and tell what is new; return how much was told on each way.

    Raises `AlertError` for the first way that fails.
    """
    conn.execute("select ops.note_troubles()")
    return {
        channel.name: tell_pending(conn, channel, settings.alert_pause)
        for channel in channels(settings)
    }


def list_troubles(conn: psycopg.Connection) -> list[list[str]]:
    """Return since when (Korean time), what, about what, and the message of each trouble."""
    rows = conn.execute(
        "select since, code, subject, message from ops.troubles order by since"
    ).fetchall()
    return [
        [f"{since.astimezone(KOREA):%Y-%m-%d %H:%M}", code, subject, message]
        for since, code, subject, message in rows
    ]


def tell_test(channel: Channel) -> None:
    """Tell that the way works."""
    now = dt.datetime.now(dt.UTC)
    alert = Alert(alert_id=0, code="test", subject="", message="", at=now, is_recovery=True)
    channel.tell("[FMW] 시험", list(alert.lines()))


def _title(alerts: Sequence[Alert]) -> str:
    over = sum(alert.is_recovery for alert in alerts)
    counts = [("문제", len(alerts) - over), ("해결", over)]
    said = ", ".join(f"{word} {count}건" for word, count in counts if count)
    about = ", ".join(dict.fromkeys(alert.subject or "FMW" for alert in alerts))
    return f"[FMW] {said}: {about if len(about) <= 60 else about[:59] + '…'}"
