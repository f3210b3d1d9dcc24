"""YAML: a file is one record, or holds a list of them. Every value stays the text it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec
import yaml

from etl.declaration import Source
from etl.mapping import parse_path
from etl.reading import File, Progress
from etl.sources.documents import Record

MAX_VALUES = 100_000
"""Values in one file once its aliases are spelt out; a file of nested aliases has billions."""


class TextLoader(yaml.CSafeLoader):  # type: ignore[misc]
    """Builds text, lists and mappings only: no tag makes an object, `no` and 1.10 stay as written.

    Null is empty, `~` or `null`. A key that comes twice is an error.
    """

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in rules if tag.endswith((":null", ":merge"))]
        for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that comes twice; keys merged in by << may come again."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(str(key.value))
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


for _tag in ("bool", "int", "float", "timestamp", "binary"):  # as tags somebody wrote out
    TextLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", TextLoader.construct_yaml_str)


def read_yaml(source: Source, file: File, progress: Progress | None) -> Iterator[Record]:
    """Yield the file's record, or those of the list at `source.records`."""
    with file.open() as stream:
        text = stream.read()
    if progress:
        progress(len(text))
    try:
        document = yaml.load(text, TextLoader)  # noqa: S506  it derives from the safe one
        _count(document, {})
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        yield Record(file.name, text, f"not valid YAML: {' '.join(str(exc).split())}")
        return
    if source.records is None:
        yield _record(file.name, document)
        return
    try:
        for step in parse_path(source.records):
            document = document[step]
    except (KeyError, TypeError):
        yield Record(file.name, text, f"there is nothing at records = {source.records!r}")
        return
    for number, item in enumerate(document if isinstance(document, list) else [document], 1):
        yield _record(f"{file.name}: record {number}", item)


def _record(place: str, value: Any) -> Record:
    if not isinstance(value, dict):
        what = "the file is empty" if value is None else "not a mapping"
        return Record(place, msgspec.json.encode(value), what)
    return Record(place, msgspec.json.encode(value, enc_hook=str))


def _count(value: Any, known: dict[int, int]) -> int:
    """Return how many values `value` holds with its aliases spelt out; raise if too many."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = MAX_VALUES  # met again while it is counted: it holds itself
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count(item, known) for item in inner)
    if known[id(value)] > MAX_VALUES:
        raise ValueError("its aliases hold far more values than the file")
    return known[id(value)]
