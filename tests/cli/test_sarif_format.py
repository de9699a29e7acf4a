"""SARIF: valid by the standard's schema, and true where the schema has no opinion."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from fullgraph.cli.formats.sarif import render
from fullgraph.cli.formats.view import View
from fullgraph.model import Finding, Lost, Place, Position, Range, Report, Runtime
from fullgraph.rules import RULES
from jsonschema import Draft4Validator, ValidationError

from tests.cli.sample_reports import GATE, Samples

SCHEMA = json.loads((Path(__file__).parent / "data/sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def run_of(report: Report, view: View) -> Any:
    document = json.loads(render(report, view))
    Draft4Validator(SCHEMA).validate(document)
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    return run


def test_whole(samples: Samples, view: View, snapshot: Callable[[str, str], None]) -> None:
    # The rules' pages change with the rules; one stands for all.
    rules = [rule for rule in RULES if rule.name == "lost-state"]
    snapshot(
        "mixed.sarif",
        render(samples.mixed(), replace(view, rules=[replace(rules[0], page="State.\n\n## Do\n")])),
    )


def test_the_schema_is_awake(samples: Samples, view: View) -> None:
    document = json.loads(render(samples.mixed(), view))
    document["runs"][0]["results"][0]["level"] = "information"
    with pytest.raises(ValidationError):
        Draft4Validator(SCHEMA).validate(document)


def test_rules_and_results_refer_to_each_other(samples: Samples, view: View) -> None:
    run = run_of(samples.mixed(), view)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in RULES]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert (levels["data-dependent-branch"], levels["lost-state"], levels["traced-side-effect"]) == (
        "error",
        "warning",
        "note",
    )


def test_every_rule_has_its_page(samples: Samples, view: View) -> None:
    for rule in run_of(samples.mixed(), view)["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert "## " not in rule["fullDescription"]["text"]
        assert rule["help"]["markdown"].count("```") % 2 == 0


def test_a_rule_that_is_not_in_the_table_has_no_index(samples: Samples, view: View) -> None:
    finding = replace(samples.branch(), rule="not-there")
    [result] = run_of(samples.clean(findings=(finding,)), view)["results"]
    assert "ruleIndex" not in result


def test_uris_lead_to_the_files(samples: Samples, view: View) -> None:
    run = run_of(samples.odd(), view)
    base = run["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "models/odd%20%5B1%5D.py", "uriBaseId": "%SRCROOT%"}
    assert Path(unquote(urlsplit(urljoin(base, location["uri"])).path)) == samples.root / "models/odd [1].py"


def test_a_file_elsewhere_has_a_whole_uri(samples: Samples, view: View) -> None:
    run = run_of(samples.mixed(), replace(view, base=samples.root / "models"))
    location = run["results"][-1]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": (samples.root / "pyproject.toml").as_uri()}


def test_regions_count_from_one(samples: Samples, view: View) -> None:
    [result] = run_of(samples.clean(findings=(samples.branch(),)), view)["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = GATE.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "scores.sum() > 0"


def test_brackets_are_no_links(samples: Samples, view: View) -> None:
    finding = replace(samples.branch(), message="call table[key](x)", hint="")
    [result] = run_of(samples.clean(findings=(finding,)), view)["results"]
    assert result["message"]["text"] == "call table[key\\](x)"


def test_a_fingerprint_survives_lines_above(samples: Samples, view: View) -> None:
    finding = samples.branch()
    before = fingerprints((finding,), samples, view)
    file = Path(finding.place.file)
    file.write_text("# a comment\n\n" + GATE, "utf-8")
    range_ = finding.place.range
    moved = Range(
        Position(range_.start.line + 2, range_.start.character),
        Position(range_.end.line + 2, range_.end.character),
    )
    later = replace(finding, place=Place(finding.place.file, moved))
    assert fingerprints((later,), samples, View(samples.root, rules=RULES)) == before


def test_fingerprints_differ(samples: Samples, view: View) -> None:
    found = fingerprints((*samples.mixed().findings, samples.branch()), samples, view)
    assert len(set(found)) == len(found)
    assert {mark.rpartition(":")[2] for mark in found} == {"1", "2"}


def fingerprints(findings: tuple[Finding, ...], samples: Samples, view: View) -> list[str]:
    results = run_of(samples.clean(findings=findings), view)["results"]
    return [result["partialFingerprints"]["fullgraphFinding/v1"] for result in results]


def test_nothing(view: View) -> None:
    run = run_of(Report(), view)
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_what_could_not_be_observed_is_a_notification(samples: Samples, view: View) -> None:
    lost = Lost("ShapeEnv.replacements", "which replacements are new")
    targets = tuple(
        replace(each, facts=replace(each.facts, lost=(lost,)), runtime=Runtime("3.11.7", "2.99.0"))
        for each in samples.mixed().targets
    )
    [note] = run_of(Report(targets), view)["invocations"][0]["toolExecutionNotifications"]
    text = "torch 2.99.0 has no `ShapeEnv.replacements`; not observed: which replacements are new"
    assert (note["level"], note["message"]["text"]) == ("note", text)
    assert "toolExecutionNotifications" not in run_of(samples.mixed(), view)["invocations"][0]


def test_models_that_are_not_checked_are_a_notification(samples: Samples, view: View) -> None:
    run = run_of(samples.partly(), view)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "Checked 1 of 2 models: 1 exports."
    assert run["properties"]["coverage"]["main"] == "Gate"


def test_a_result_of_several_targets_names_them(samples: Samples, view: View) -> None:
    shared = replace(samples.branch(), also=("b:Net()",))
    (result,) = run_of(Report(findings=(shared,)), view)["results"]
    assert result["properties"]["targets"] == ["models.gate:Gate()", "b:Net()"]
