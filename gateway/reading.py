"""Reads under a prefix: what comes in over HTTP becomes a call, and its answer goes out."""

from __future__ import annotations

from litestar.response.base import ASGIResponse
from litestar.types import HTTPScope, Method, Receive, Send

from gateway.errors import ApiError, no_path, not_allowed
from gateway.posted import body_of, query_of
from gateway.reader import Reader
from gateway.requests import HEADERS, Call, deciding
from gateway.resources import QUERY
from gateway.respond import respond

READS: list[Method] = ["GET", "HEAD"]
_WANTED = {name.encode(): name for name in (*HEADERS, "if-none-match", "content-type")}


class Reading:
    """An ASGI application that is mounted under `prefix`.

    It does without Litestar's requests and responses: for speed, see `bench.answers`.
    """

    def __init__(
        self, reader: Reader, prefix: str, default: str, *, max_rows: int = 0, slash: str = "/"
    ) -> None:
        """Answer from `reader`, in the format `default` if any will do, at most so many rows.

        `slash` is what a slash stands for in names: those of groups may hold one.
        """
        self._reader = reader
        self._prefix = prefix
        self._template = f"{prefix}/{{name}}"
        self._default = default
        self._max_rows = max_rows
        self._slash = slash

    async def answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer; raises `ApiError`."""
        if not scope["path"].startswith("/"):  # mounts do not mind where a name ends
            raise no_path()
        path, method = scope["path"].strip("/"), scope["method"]
        scope["path"] = f"{self._prefix}/{path}"  # whole again
        allowed = allowed_of(path)
        is_posted = method == "POST" and method in allowed
        base = path.removesuffix(QUERY)
        name = base.replace("/", self._slash) + ("" if is_posted else path[len(base) :])
        scope["path_template"], scope["path_params"] = self._template, {"name": name}
        if method == "OPTIONS":
            headers = {"Allow": ", ".join(allowed)}
            await ASGIResponse(status_code=204, headers=headers)(scope, receive, send)
            return
        if method not in READS and not is_posted:
            raise not_allowed(method, allowed)
        query_string, headers = scope["query_string"], _headers(scope)
        if is_posted:
            body = await body_of(receive)
            query_string = query_of(query_string, body, headers.get("content-type", ""))
        call = Call(
            headers=deciding(headers),
            path=scope["path"],
            name=name,
            query_string=query_string,
            default=self._default,
            max_rows=self._max_rows,
            has_body=method != "HEAD",
            is_posted=is_posted,
        )
        try:
            answer = await respond(self._reader, call, headers.get("if-none-match"))
        except ApiError as exc:
            self._guide(exc)
            raise
        await answer(scope, receive, send)

    def _guide(self, error: ApiError) -> None:
        """Let the refusal of a name that nobody knows say where all names are."""
        if error.code in ("PGRST125", "PGRST205"):
            hints = [error.hint, f"{self._prefix}/docs lists all that can be read"]
            error.hint = "; ".join(filter(None, hints))


def allowed_of(path: str) -> list[Method]:
    """Return what may be asked of a path."""
    return ["POST"] if f"/{path}".endswith((QUERY, "/sync/run")) else READS


def _headers(scope: HTTPScope) -> dict[str, str]:
    """Return the headers that matter; of one that is there twice both, as one list."""
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        if name := _WANTED.get(key):
            text = value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
    return found
