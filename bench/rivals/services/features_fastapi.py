"""The features by FastAPI and SQLAlchemy; uvicorn runs `app`."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, DateTime, MetaData, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    "postgresql+asyncpg://", pool_size=int(os.environ["BENCH_POOL"]), max_overflow=0
)
sessions = async_sessionmaker(engine)
app = FastAPI()


class Base(DeclarativeBase):
    """Of the mapped classes."""

    metadata = MetaData(schema="bench")


class Feature(Base):
    """A row of the materialized view."""

    __tablename__ = "features"

    feature_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    feature_group: Mapped[str]
    feature_name: Mapped[str]
    environment: Mapped[str]
    status: Mapped[str]
    owner: Mapped[str]
    since: Mapped[dt.date]
    title: Mapped[str]
    description: Mapped[str]
    url: Mapped[str]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class FeatureOut(BaseModel):
    """As it is sent."""

    model_config = ConfigDict(from_attributes=True)

    feature_id: int
    kind: str
    feature_group: str
    feature_name: str
    environment: str
    status: str
    owner: str
    since: dt.date
    title: str
    description: str
    url: str
    attributes: dict[str, Any]
    source: str
    changed_at: dt.datetime


class Wanted(BaseModel):
    """The query string."""

    feature_group: str | None = None
    status: str | None = None
    order: Literal["id", "changed"] = "id"
    limit: int = 100
    offset: int = 0


async def session() -> AsyncIterator[AsyncSession]:
    """Lend a session."""
    async with sessions() as lent:
        yield lent


Session = Annotated[AsyncSession, Depends(session)]


async def find(session: AsyncSession, wanted: Wanted) -> Sequence[Feature]:
    """Return a page."""
    query = select(Feature).limit(wanted.limit).offset(wanted.offset)
    if wanted.feature_group is not None:
        query = query.where(Feature.feature_group == wanted.feature_group)
    if wanted.status is not None:
        query = query.where(Feature.status == wanted.status)
    if wanted.order == "changed":
        query = query.order_by(Feature.changed_at.desc())
    return (await session.scalars(query.order_by(Feature.feature_id))).all()


@app.get("/features", response_model=list[FeatureOut])
async def features(session: Session, wanted: Annotated[Wanted, Query()]) -> Sequence[Feature]:
    """Answer JSON."""
    return await find(session, wanted)


@app.get("/features.csv")
async def features_csv(session: Session, wanted: Annotated[Wanted, Query()]) -> Response:
    """Answer CSV."""
    text = io.StringIO(newline="")
    names = list(FeatureOut.model_fields)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    rows = await find(session, wanted)
    writer.writerows([getattr(row, name) for name in names] for row in rows)
    return Response(text.getvalue(), media_type="text/csv")
