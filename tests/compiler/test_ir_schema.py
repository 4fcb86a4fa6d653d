"""The IR's JSON keeps to its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from tests.flows import flow_text
from wgen.compiler import ir
from wgen.compiler.compile import check
from wgen.compiler.irschema import json_schema
from wgen.compiler.source import Source

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="module")
def validate() -> Any:
    return fastjsonschema.compile({name: part for name, part in json_schema().items() if not name.startswith("$s")})


def test_the_schema_names_its_version() -> None:
    assert json_schema()["properties"]["schema"] == {"const": ir.SCHEMA}
    assert "span" not in json.dumps(json_schema())


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*/ir.json")), ids=lambda path: path.parent.name)
def test_golden_files_keep_to_it(path: Path, validate: Any) -> None:
    validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_random_flows_keep_to_it(seed: int, validate: Any) -> None:
    validate(json.loads(ir.to_json(check(Source(flow_text(seed))).module)))


def test_anything_else_is_refused(validate: Any) -> None:
    module = json.loads(ir.to_json(check(Source("@Then go\n")).module))
    module["flows"][0]["body"][0]["colour"] = "red"
    with pytest.raises(fastjsonschema.JsonSchemaValueException, match="body"):
        validate(module)
