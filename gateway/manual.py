"""What the gateway says about itself: the OpenAPI document and a page for people."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.catalog import Catalog
from gateway.openapi import document
from gateway.reader import Reader

GRAMMAR = (
    ("select", "볼 열, 다른 이름, 집계", "select=status,n:count()"),
    ("열=연산자.값", "조건. eq neq gt gte lt lte like ilike in is", "status=in.(검토,중지)"),
    ("or, and", "조건을 묶기", "or=(owner.is.null,status.eq.중지)"),
    ("q", "낱말로 찾기", "q=환불"),
    ("order", "정렬", "order=changed_at.desc"),
    ("limit, offset, cursor", "나누어 보기", "limit=50&cursor="),
    ("distinct", "같은 행은 한 번만", "select=owner&distinct=1"),
    ("facets", "값마다 몇 건인지 (JSON)", "facets=status&format=json"),
    ("as_of", "그때의 상태", "as_of=2026-01-31"),
    ("format, bom", "형식, Excel용 CSV", "format=xlsx"),
)
FORMS = (("csv", "CSV"), ("json", "JSON"), ("xlsx", "Excel"))

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "manual.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = jinja2.Environment(autoescape=True, trim_blocks=True).from_string(
    (_FOLDER / "manual.html").read_text(encoding="utf-8"), {"style": _STYLE}
)
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'"


def manual_of(reader: Reader, prefix: str, default: str) -> list[HTTPRouteHandler]:
    """Return the routes of the document and the page of what is served under `prefix`."""

    @get(f"{prefix}/openapi.json", name=f"{prefix}/openapi")
    async def openapi() -> Response[bytes]:
        found = document(await reader.catalog(), prefix)
        return Response(msgspec.json.encode(found), media_type="application/json; charset=utf-8")

    @get(f"{prefix}/docs", name=f"{prefix}/docs")
    async def page(request: Request[Any, Any, Any]) -> Response[str]:
        base = str(request.base_url).rstrip("/")
        text = page_of(await reader.catalog(), prefix, default, base)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return Response(text, media_type="text/html", headers=headers)

    return [openapi, page]


def page_of(catalog: Catalog, prefix: str, default: str, base: str) -> str:
    """Return the page for people, in Korean, without anything from outside."""
    resources = []
    for name, relation in sorted(catalog.relations.items()):
        resources.append(
            {
                "name": name,
                "anchor": quote(name),
                "path": f"{prefix}/{quote(name)}",
                "comment": relation.comment or "",
                "columns": list(relation.columns.values()),
            }
        )
    return _PAGE.render(
        prefix=prefix, default=default, base=base, resources=resources, grammar=GRAMMAR, forms=FORMS
    )
