"""The status and headers of an answer to a request that was understood."""

from __future__ import annotations

from gateway import cursors
from gateway.cache import VARY
from gateway.copying import Opening
from gateway.errors import ApiError
from gateway.requests import Request


def head_of(
    request: Request, opening: Opening, page: int | None, parsed: float
) -> tuple[int, dict[str, str]]:
    """Return status and headers; raises `ApiError` for a page or an object that is not there.

    `page` is how many rows the page has, None while nobody knows; `parsed` the seconds it took to
    understand the request.
    """
    total, first = opening.total, request.query.offset
    is_cut = request.is_cut and first + (page or 0) < (total or 0)
    if request.task.form.is_single and page != 1:
        raise _not_single(page)
    if total is None or not (request.preferences.counts or is_cut):
        size, is_part = "*", False
    elif first > total:
        raise _beyond(first, total)
    else:
        size, is_part = str(total), page is not None and page < total
    # nobody counts the rows before a cursor
    range_ = f"{first}-{first + page - 1}" if page and not request.query.cursor else "*"
    headers = {
        "Content-Type": request.task.form.media_type,
        "Content-Range": f"{range_}/{size}",
        "Content-Disposition": request.disposition,
        "Cache-Control": "no-cache",
        "Vary": VARY,
        "Server-Timing": f"parse;dur={parsed * 1000:.1f}, "
        f"pool;dur={opening.waited * 1000:.1f}, db;dur={opening.queried * 1000:.1f}",
    }
    if request.location:
        headers["Content-Location"] = request.location
    if opening.snapshot:
        headers |= opening.snapshot.headers
        if request.digest:
            headers["ETag"] = opening.snapshot.etag(request.digest)
    if applied := request.preferences.applied:
        headers["Preference-Applied"] = applied
    if opening.cursor:
        headers["X-Next-Cursor"] = cursors.write(request.order, opening.cursor)
    if is_cut:
        headers["X-Truncated"] = "true"
    return (206 if is_part else 200), headers


def rows_of_page(request: Request, total: int | None) -> int | None:
    """Return how many of the rows the page has; None while nobody knows."""
    if total is None:
        return None
    rest = max(0, total - request.query.offset)
    return rest if request.query.limit is None else min(rest, request.query.limit)


def _beyond(offset: int, total: int) -> ApiError:
    return ApiError(
        416,
        "PGRST103",
        "Requested range not satisfiable",
        details=f"An offset of {offset} was requested, but there are only {total} rows.",
        headers={"Content-Range": f"*/{total}"},
    )


def _not_single(rows: int | None) -> ApiError:
    return ApiError(
        406,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
        details=f"The result contains {rows} rows",
    )
