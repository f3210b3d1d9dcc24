# Recipes of the daily work: `just` lists them. `uv run just ...` where just is not installed.
set windows-shell := ["powershell.exe", "-NoLogo", "-NoProfile", "-Command"]
export PYTHONUTF8 := "1"

# List the recipes
default:
    @just --list --unsorted

# Install the locked versions into .venv, and the checks that run at each commit
setup:
    uv sync
    uv run pre-commit install

# Start everything on an embedded Postgres, with data that looks real
demo *options:
    uv run fmw demo {{options}}

# Run the tests, or those given: just test tests/db -x
test *options:
    uv run pytest {{options}}

# The tests that take no browser and no patience
fast *options:
    uv run pytest -m "not slow and not browser" {{options}}

# The slow tests in the sizes that are promised; twenty minutes
thorough *options:
    THOROUGH=1 uv run pytest -m slow {{options}}

# Check style, types, architecture and SQL; changes nothing
lint:
    uv run ruff check .
    uv run ruff format --check .
    uv run mypy
    uv run lint-imports
    uv run sqlfluff lint --disable-progress-bar db
    uv run squawk "db/migrations/*.sql"

# Put Python files into shape
fmt:
    uv run ruff check --fix .
    uv run ruff format .

# Bring the database of fmw.toml (or the embedded one under var/) to this release
migrate:
    uv run fmw migrate

# Drop the embedded database of this folder and make an empty one
db-reset:
    uv run python .ci/reset.py
    uv run fmw migrate

# Lock every version; `just lock --upgrade` moves to newer ones
lock *options:
    uv run python .ci/lock.py {{options}}

# Write the generated parts of docs/reference
docs:
    uv run python .ci/docs.py

# Measure sync against bare COPY: just bench 10000
bench *options:
    uv run python -m bench.sync {{options}}

# Measure the gateway against psql, a bare service and its rivals; `--smoke` = does it work
bench-gateway *options:
    uv run python -m bench.gateway {{options}}
    uv run python -m bench.answers {{options}}
    uv run python -m bench.rivals {{options}}
    uv run python -m bench.request_log

# Measure the past, the search, and who reads during a refresh
bench-core:
    uv run python -m bench.as_of
    uv run python -m bench.search
    uv run python -m bench.refresh

# Measure the readers against the bare libraries, and a whole sync against Django, pandas and dlt
bench-etl:
    uv run python -m bench.readers
    uv run --with django==5.2.19 --with pandas==3.1.1 --with "dlt[postgres]==1.31.0" python -m bench.peers

# Everything that must be green before a change is taken
[unix]
ci:
    .ci/run
