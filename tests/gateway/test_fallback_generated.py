"""Five hundred requests nobody thought of: the files answer each as Postgres does."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from tests.gateway.queries import Pairs, Spec, encode, requests

FEATURES = Spec(
    key="feature_id",
    texts={
        "kind": ["feature", "policy"],
        "feature_group": ["결제", "User Login", "알림/푸시"],
        "feature_name": ["기능 1", "기능 77", "기능*", "%1%"],
        "status": ["운영", "중지", "검토"],
        "owner": ["정산", 'Ops, "A"', "ops*"],
        "title": ["=1+1", "두\n줄", "a\\b", "100%_a*", "*\\*", "100\\%*"],
        "description": ["About 3", "about *", "ABOUT 1%"],
        "since": ["2024-01-10", "2024-01-2*"],
    },
    numbers={},
    moments={"created_at": ["2000-01-01", "2999-12-31T23:59:59+09:00", "now", "yesterday"]},
    json={
        "attributes": [
            ("attributes->>n", ["1", "-3"]),
            ("attributes->>on", ["true"]),
            ("attributes->>none", []),
            ("attributes->team->>name", ["정산", "A\\B"]),
            ("attributes->tags->>0", ["a"]),
            ("attributes->tags->>-1", ["b"]),
            ('attributes->>"a b/c"', ["x"]),
        ]
    },
)


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pairs=requests(FEATURES), form=st.sampled_from(["json", "csv"]))
def test_the_files_answer_alike(
    live: TestClient[Litestar], away: TestClient[Litestar], pairs: Pairs, form: str
) -> None:
    path = f"/api/v1/all?{encode(pairs)}&format={form}"
    headers = {"Prefer": "count=exact"}
    there, here = (client.get(path, headers=headers) for client in (live, away))
    assert here.status_code == there.status_code, (here.text, there.text)
    assert here.headers.get("content-range") == there.headers.get("content-range")
    if there.status_code < 400:
        assert here.text == there.text
    else:
        assert here.json()["code"] == there.json()["code"]
