"""The JSON output: valid by its published schema, and the same for the same report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from fullgraph.cli.formats.json_format import render, start_failure
from fullgraph.cli.formats.view import View
from fullgraph.model import (
    Checked,
    Ended,
    Facts,
    Finding,
    Place,
    Position,
    Range,
    Report,
    StartFailure,
    StartReason,
)
from jsonschema import Draft202012Validator, ValidationError

from tests.cli.sample_reports import Samples

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "check.schema.json").read_text("utf-8"))


def parsed(report: Report, view: View) -> Any:
    document = json.loads(render(report, view))
    Draft202012Validator(SCHEMA).validate(document)
    return document


def test_whole(samples: Samples, view: View, snapshot: Callable[[str, str], None]) -> None:
    parsed(samples.mixed(), view)
    snapshot("mixed.json", render(samples.mixed(), view))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_example_in_the_documentation_is_valid() -> None:
    text = (DOCS / "json.md").read_text("utf-8")
    example = json.loads(text.split("```json\n")[1].split("```")[0])
    Draft202012Validator(SCHEMA).validate(example)


@pytest.mark.parametrize(
    "path", ["findings.0.range", "findings.0.fixes.0.verdict", "targets.0.symbols.batch.range"]
)
def test_the_schema_misses_what_is_missing(samples: Samples, view: View, path: str) -> None:
    document = parsed(samples.mixed(), view)
    *parents, last = path.split(".")
    owner = document
    for key in parents:
        owner = owner[int(key) if key.isdigit() else key]
    del owner[last]
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(document)


def test_every_key_is_in_the_schema(samples: Samples, view: View) -> None:
    closed = json.loads(json.dumps(SCHEMA), object_hook=_closed)
    ended = replace(samples.partly(), ended=Ended("budget", (samples.of("Gate"),)))
    for report in (samples.mixed(), ended):
        Draft202012Validator(closed).validate(json.loads(render(report, view)))


@pytest.mark.parametrize("reason", get_args(StartReason))
def test_a_start_failure_is_said_in_fields(reason: StartReason, view: View) -> None:
    failure = StartFailure(reason, "/p/python", "3.11.7", error="an error", seconds=1.5)
    document = json.loads(start_failure(failure, view))
    closed = json.loads(json.dumps(SCHEMA), object_hook=_closed)
    Draft202012Validator(closed).validate(document)
    assert (document["targets"], document["findings"]) == ([], [])
    said = document["start_failure"]
    assert (said["reason"], said["remedy"], said["error"]) == (reason, failure.remedy, "an error")


def test_what_is_always_there_is_required() -> None:
    """All keys are: a report has each of them, and null where there is nothing to say."""
    found = list(_objects(SCHEMA))
    assert len(found) > 20
    assert [each for each in found if each["required"] != list(each["properties"])] == []


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "type" in schema:
            yield schema
        schema = list(schema.values())
    for each in schema if isinstance(schema, list) else ():
        yield from _objects(each)


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """An object's schema, refusing what it does not name."""
    if schema.get("type") == "object" and "properties" in schema:
        return {**schema, "additionalProperties": False}
    return schema


def test_a_finding_refers_to_a_target_and_counts_from_zero(samples: Samples, view: View) -> None:
    document = parsed(samples.mixed(), view)
    finding, target = document["findings"][0], document["targets"][0]
    assert finding["target"] == target["name"] == "models.gate:Gate()"
    assert finding["range"]["start"] == {"line": 10, "character": 11}
    assert (target["file"], target["line"]) == ("models/gate.py", 6)


def test_a_target_of_pyproject_stands_in_another_file(samples: Samples, view: View) -> None:
    target = parsed(samples.clean(samples.misspelt), view)["targets"][0]
    assert (target["file"], target["line"]) == ("models/gate.py", 0)
    assert target["location"]["file"] == "pyproject.toml"


def test_a_file_elsewhere_is_absolute(samples: Samples, view: View) -> None:
    files = set(_files(parsed(samples.mixed(), replace(view, base=samples.root / "models"))))
    assert files == {
        "gate.py",
        (samples.root / "pyproject.toml").as_posix(),
        (samples.root.parent / "site-packages/gone.py").as_posix(),
    }


def _files(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "file")
        yield from (file for item in value.values() for file in _files(item))
    if isinstance(value, list):
        yield from (file for item in value for file in _files(item))


def test_text_that_is_no_unicode(samples: Samples, view: View) -> None:
    place = Place(str(samples.root / "caf\udce9.py"), Range(Position(0, 0), Position(0, 1)))
    output = render(Report((), (Finding("export-error", "error", "\ud800 ☃", place),)), view)
    assert output.isascii()
    assert "\\ud800" not in output
    finding = json.loads(output)["findings"][0]
    assert (finding["file"], finding["message"]) == ("caf\ufffd.py", "\ufffd ☃")


def test_nothing(view: View) -> None:
    document = parsed(Report(), view)
    assert (document["version"], document["targets"], document["findings"]) == (1, [], [])
    assert (document["models"], document["coverage"]["main"], document["ended"]) == ([], None, None)


def test_coverage_and_what_was_assumed(samples: Samples, view: View) -> None:
    document = parsed(replace(samples.partly(), ended=Ended("budget", (samples.of("nn"),))), view)
    said = {each["name"]: each["not_checked"] or each["status"] for each in document["models"]}
    assert said["Counter"] == "exports"
    assert said["Gate"]["missing"] == "inputs"
    assert document["coverage"]["models"] == 3
    assert document["coverage"]["main"] == "Gate"
    assert not document["coverage"]["main_checked"]
    assert document["ended"]["unreached"] == ["models.gate:nn()"]
    (target,) = document["targets"]
    assert target["inferred"]["args"] == "(torch.randn(2, 3), None)"
    assert target["assumed"][0]["by"] == "weights as initialized"
    shared = replace(samples.branch(), also=("other",))
    (finding,) = parsed(Report(findings=(shared,)), view)["findings"]
    assert (finding["target"], finding["targets"]) == ("models.gate:Gate()", ["models.gate:Gate()", "other"])


def test_bounds_that_are_not_there(samples: Samples, view: View) -> None:
    checked: Checked = samples.gate
    symbols = tuple(replace(symbol, lower=None, upper=None) for symbol in checked.facts.symbols)
    facts: Facts = replace(checked.facts, symbols=symbols)
    target = parsed(samples.clean(replace(checked, facts=facts)), view)["targets"][0]
    assert target["symbols"]["batch"] == {"source": "x.shape[0]", "range": [None, None]}
    assert target["symbols"]["u0"] == {"source": None, "range": [None, None]}
