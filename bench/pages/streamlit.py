"""The page to compare with: 200 rows and a chart in Streamlit, in an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.processes import free_port, running
from bench.rivals.rival import with_packages

SERVER = "streamlit==1.67.0"
READY = "[data-testid=stDataFrame] canvas, [data-testid=stDataFrameGlideDataEditor]"
_PAGE = """
import datetime as dt
import pandas as pd
import streamlit as st

@st.cache_data
def rows():
    return pd.DataFrame([
        {"기능": f"기능 이름 {n}", "그룹": f"그룹 {n % 20}", "환경": "all", "종류": "feature",
         "상태": ["운영", "중지", "검토"][n % 3], "담당": f"담당 {n % 40}", "제목": f"제목 {n}",
         "변경": dt.datetime(2026, 11, 1) + dt.timedelta(minutes=n)} for n in range(200)])

group = st.selectbox("그룹", ["전체", *sorted(rows()["그룹"].unique())])
shown = rows() if group == "전체" else rows()[rows()["그룹"] == group]
st.write(f"{group}: {len(shown)}개")
st.dataframe(shown)
st.line_chart(pd.DataFrame({"전체": [2900 + n for n in range(60)]}))
"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run it; yield its address."""
    page = folder / "page.py"
    page.write_text(_PAGE, encoding="utf-8")
    port = free_port()
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    options += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command = [*with_packages(SERVER), "streamlit", "run", str(page), *options]
    with running(command, port, "/_stcore/health"):
        yield f"http://127.0.0.1:{port}/"
