"""The demo's three sources: how they are declared, and how their rows live."""

from __future__ import annotations

import datetime as dt

import msgspec

from fmw.demo.catalogue import Maker, make_feature, make_policy, make_service


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """What a source's rows go through. A chance is per day; weights are relative."""

    active: str
    planned: str = ""
    ended: str = ""
    mix: dict[str, int]
    """Weight of each status among the rows of the first day."""
    next: dict[str, tuple[str, ...]]
    """Where a status may go."""
    settles: dict[str, float]
    """The chance that a row leaves this status without being drawn."""
    events: dict[str, int]
    """Weights of what happens: the names of the methods of `Story`."""
    still: tuple[float, float]
    """The chance that nothing happens: on a weekday, at a weekend."""
    incidents: tuple[int, ...] = ()
    """Days since the start after which, on the next Monday to Wednesday, a group breaks down."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A team's source: how it is declared, and how its rows come about."""

    name: str
    format: str
    at: dt.time
    priority: int
    columns: dict[str, str]
    """Ours -> theirs; a dot in theirs is a level of JSON."""
    extra: str
    """Their column that maps to none of ours: it becomes an attribute."""
    ignore: tuple[str, ...] = ()
    """Their columns that differ in every delivery: the time of the last probe."""
    constants: dict[str, str]
    bom: bool = False
    size: int
    """Entries in each group on the first day."""
    phrases: str
    """Which phrases of `words.toml` its entries are about."""
    make: Maker
    plot: Plot


POLICIES = Source(
    name="policy-team",
    format="csv",
    at=dt.time(7, 30),
    priority=100,
    columns={
        "feature_group": "그룹",
        "feature_name": "정책 ID",
        "title": "정책명",
        "status": "상태",
        "owner": "담당",
        "since": "시행일",
        "until": "종료일",
        "description": "설명",
        "url": "링크",
    },
    extra="등급",
    constants={"kind": "policy", "environment": "all"},
    bom=True,
    size=64,
    phrases="policies",
    make=make_policy,
    plot=Plot(
        active="시행",
        planned="검토",
        ended="폐지",
        mix={"시행": 78, "검토": 14, "폐지": 8},
        next={"검토": ("시행",), "시행": ("검토", "폐지"), "폐지": ("검토",)},
        settles={"검토": 0.012},
        events={
            "shift": 5,
            "arrive": 4,
            "leave": 1,
            "come_back": 1,
            "move": 1,
            "edit": 4,
            "hand_over": 2,
            "retype": 3,
        },
        still=(0.15, 0.9),
    ),
)

FEATURES = Source(
    name="feature-team",
    format="csv",
    at=dt.time(7, 20),
    priority=90,
    columns={
        "feature_group": "서비스군",
        "feature_name": "기능 ID",
        "title": "기능명",
        "environment": "환경",
        "status": "사용 여부",
        "owner": "담당팀",
        "since": "적용일",
        "until": "중지일",
        "default_value": "기본값",
        "description": "설명",
        "url": "문서",
    },
    extra="우선순위",
    constants={"kind": "feature"},
    size=24,
    phrases="features",
    make=make_feature,
    plot=Plot(
        active="사용",
        planned="예정",
        ended="중지",
        mix={"사용": 72, "예정": 16, "중지": 12},
        next={"예정": ("사용",), "사용": ("중지",), "중지": ("사용", "예정")},
        settles={"예정": 0.012, "중지": 0.005},
        events={
            "shift": 8,
            "arrive": 3,
            "leave": 1,
            "come_back": 1,
            "move": 1,
            "edit": 3,
            "hand_over": 1,
            "retype": 3,
        },
        still=(0.1, 0.85),
    ),
)

SERVICES = Source(
    name="status-monitor",
    format="ndjson",
    at=dt.time(7, 10),
    priority=80,
    columns={
        "feature_group": "service.group",
        "feature_name": "service.name",
        "title": "service.name",
        "owner": "service.team",
        "description": "service.about",
        "url": "service.page",
        "status": "state",
        "since": "since",
    },
    extra="check.every",
    ignore=("check.at",),
    constants={"kind": "status", "environment": "운영"},
    size=64,
    phrases="services",
    make=make_service,
    plot=Plot(
        active="정상",
        mix={"정상": 970, "주의": 12, "장애": 3, "점검": 15},
        next={
            "정상": ("주의", "주의", "점검", "점검", "장애"),
            "주의": ("정상", "장애"),
            "장애": ("정상", "주의"),
            "점검": ("정상",),
        },
        settles={"주의": 0.6, "장애": 0.8, "점검": 0.85},
        events={"shift": 14, "arrive": 3, "leave": 1, "come_back": 1, "move": 1, "hand_over": 1},
        still=(0.08, 0.6),
        incidents=(26, 67),
    ),
)

SOURCES = (POLICIES, FEATURES, SERVICES)
