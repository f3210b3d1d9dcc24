"""What admins may ask for besides reading: a sync."""

from __future__ import annotations

from typing import Any, LiteralString

import msgspec
import psycopg
from litestar import Request, Response

from gateway.errors import ApiError, from_database
from gateway.origin import is_foreign
from gateway.reader import Reader

RUNS = "/api/dev/runs"

_REQUEST: LiteralString = """
select run.run_id, row_to_json(run.*)::text
from ops.request_sync(%(sources)s::text[], %(accept_removals)s, %(requested_by)s) as run
"""


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /api/dev/sync/run`; all of it optional."""

    sources: list[str] | None = None
    """Names of sources; none given = all that are declared."""
    accept_removals: bool = False


async def request_sync(reader: Reader, request: Request[Any, Any, Any]) -> Response[bytes]:
    """Queue the runs: 202 with their rows, 409 with the one in the way, 404 for no such source."""
    if is_foreign(request):
        raise ApiError(403, "42501", "A page of another site may not request a sync")
    wanted = _decode(await request.body())
    values = msgspec.structs.asdict(wanted) | {"requested_by": "api"}

    try:
        async with reader.admitted(streams=False) as seat:
            runs = await reader.run(lambda: _call(reader, values), seat)
    except psycopg.Error as exc:
        raise _refusal(exc) from exc
    body = "[" + ",\n".join(row for _, row in runs) + "]"
    return Response(
        body.encode(),
        status_code=202,
        media_type="application/json; charset=utf-8",
        headers={"Location": _location([run_id for run_id, _ in runs])},
    )


def _call(reader: Reader, values: dict[str, Any]) -> list[tuple[int, str]]:
    patience = str(round(reader.patience * 1000))
    with reader.pool.connection() as conn:
        # the session's defaults are for reading
        conn.execute("begin isolation level read committed, read write")
        conn.execute("select set_config('statement_timeout', %s, true)", [patience])
        runs: list[tuple[int, str]] = conn.execute(_REQUEST, values).fetchall()
        conn.commit()
    return runs


def _decode(body: bytes) -> SyncRequest:
    try:
        wanted = msgspec.json.decode(body or b"{}", type=SyncRequest)
        if any("\0" in name for name in wanted.sources or ()):
            raise ValueError("a name holds a NUL character")
        return wanted
    except (msgspec.DecodeError, ValueError) as exc:
        hint = '{"sources": ["name"], "accept_removals": false}'
        raise ApiError(400, "PGRST102", f"The body is not a request: {exc}", hint=hint) from exc


def _refusal(error: psycopg.Error) -> ApiError:
    refusal = from_database(error)
    if error.sqlstate == "FM409" and (detail := error.diag.message_detail or "").isdigit():
        refusal.headers["Location"] = _location([int(detail)])
    return refusal


def _location(run_ids: list[int]) -> str:
    if len(run_ids) == 1:
        return f"{RUNS}?run_id=eq.{run_ids[0]}"
    return f"{RUNS}?run_id=in.({','.join(map(str, run_ids))})"
