"""SARIF 2.1.0, which code scanning services and editors read.

Messages are put in as they are: the standard would have braces doubled, and no reader known to us
undoes that. Square brackets that would read as a link are escaped. Lines and columns count from 1.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from ... import __version__
from ...check.coverage import coverage
from ...model import Checked, Edit, Finding, Fix, Place, Range, Related, Report, Severity
from ..screen.visible import well_formed
from .coverage_json import coverage_json
from .coverage_text import checked_words
from .json_format import well_formed_json
from .view import Rule, View, lost_words, relative

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What GitHub calls the folder that relative paths start from."""

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "information": "note"}

Json = dict[str, Any]


def render(report: Report, view: View) -> str:
    return well_formed_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, view)]}) + "\n"


def _run(report: Report, view: View) -> Json:
    rules = [*view.rules]
    return {
        "tool": {"driver": _driver(rules)},
        "invocations": [_invocation(report, view)],
        "originalUriBaseIds": {ROOT: {"uri": _folder_uri(view.base)}},
        "columnKind": "unicodeCodePoints",
        "results": _results(report.findings, rules, view),
        "properties": {
            "targets": [_target(checked, view) for checked in report.targets],
            **coverage_json(report, view),
        },
    }


def _invocation(report: Report, view: View) -> Json:
    invocation: Json = {"executionSuccessful": True, "workingDirectory": {"uri": _folder_uri(view.base)}}
    if said := [*_of_coverage(report), *lost_words(report)]:
        notes = [{"level": "note", "message": {"text": _plain(text)}} for text in said]
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _of_coverage(report: Report) -> list[str]:
    """That some models were not checked is worth a notification."""
    known = coverage(report)
    return [f"{checked_words(known)}."] if known.unchecked else []


def _target(checked: Checked, view: View) -> Json:
    """What the results name by `properties.target`, and the versions that it was traced on."""
    return {
        "name": checked.target.name,
        "location": _artifact(checked.target.found_in, view),
        "status": checked.status,
        "python": checked.runtime.python,
        "torch": checked.runtime.torch,
    }


def _driver(rules: Sequence[Rule]) -> Json:
    return {
        "name": "Fullgraph",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_descriptor(rule) for rule in rules],
    }


def _descriptor(rule: Rule) -> Json:
    return {
        "id": rule.name,
        "shortDescription": {"text": _plain(rule.summary)},
        "fullDescription": {"text": _plain(_first_paragraphs(rule.page))},
        "help": {"text": _plain(rule.document), "markdown": rule.document},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


# -- results -----------------------------------------------------------------------------------------


def _results(findings: Sequence[Finding], rules: Sequence[Rule], view: View) -> list[Json]:
    indices = {rule.name: index for index, rule in enumerate(rules)}
    marks = _fingerprints(findings, view)
    return [_result(finding, indices, mark, view) for finding, mark in zip(findings, marks, strict=True)]


def _result(finding: Finding, indices: dict[str, int], fingerprint: str, view: View) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _plain(_message(finding))},
        "locations": [_location(finding.place, view)],
        "partialFingerprints": {"fullgraphFinding/v1": fingerprint},
    }
    if finding.rule in indices:
        result["ruleIndex"] = indices[finding.rule]
    if finding.related:
        result["relatedLocations"] = [_related(i, r, view) for i, r in enumerate(finding.related, 1)]
    if finding.fixes:
        result["fixes"] = [_fix(fix, view) for fix in finding.fixes]
    if properties := _properties(finding):
        result["properties"] = properties
    return result


def _message(finding: Finding) -> str:
    return f"{finding.message}\n{finding.hint}" if finding.hint else finding.message


def _properties(finding: Finding) -> Json:
    further = list(finding.targets) if finding.also else None
    by_hand = asdict(finding.by_hand) if finding.by_hand else None
    named = {"target": finding.target, "targets": further, "link": finding.link, "byHand": by_hand}
    return {name: value for name, value in named.items() if value}


def _related(number: int, related: Related, view: View) -> Json:
    return {"id": number, "message": {"text": _plain(related.message)}, **_location(related.place, view)}


def _fix(fix: Fix, view: View) -> Json:
    files = dict.fromkeys(edit.place.file for edit in fix.edits)
    return {
        "description": {"text": _plain(fix.title)},
        "artifactChanges": [
            {"artifactLocation": _artifact(file, view), "replacements": _replacements(fix.edits, file)}
            for file in files
        ],
    }


def _replacements(edits: Sequence[Edit], file: str) -> list[Json]:
    return [
        {"deletedRegion": _region(edit.place.range), "insertedContent": {"text": edit.new_text}}
        for edit in edits
        if edit.place.file == file
    ]


# -- places ------------------------------------------------------------------------------------------


def _location(place: Place, view: View) -> Json:
    artifact = _artifact(place.file, view)
    return {"physicalLocation": {"artifactLocation": artifact, "region": _region(place.range)}}


def _artifact(file: str, view: View) -> dict[str, str]:
    path = relative(file, view.base)
    if path.is_absolute():
        return {"uri": _uri(path)}
    return {"uri": quote(well_formed(path.as_posix())), "uriBaseId": ROOT}


def _region(range_: Range) -> dict[str, int]:
    return {
        "startLine": range_.start.line + 1,
        "startColumn": range_.start.character + 1,
        "endLine": range_.end.line + 1,
        "endColumn": range_.end.character + 1,
    }


def _uri(path: PurePath) -> str:
    return PurePath(well_formed(str(path))).as_uri()


def _folder_uri(folder: Path) -> str:
    """With the slash at its end, without which a relative reference would replace its last part."""
    return _uri(folder).rstrip("/") + "/"


# -- text --------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """`[a](b)` is a link in a SARIF message and may be code in ours."""
    return text.replace("](", "\\](")


def _first_paragraphs(page: str) -> str:
    """What stands before the first heading."""
    return page.partition("\n#")[0].strip()


def _fingerprints(findings: Sequence[Finding], view: View) -> list[str]:
    """What a finding keeps while lines move above it: its rule, file, target and source line.

    Findings that share all of these are numbered in their order.
    """
    seen: Counter[str] = Counter()
    marks = []
    for finding in findings:
        mark = _fingerprint(finding, view)
        seen[mark] += 1
        marks.append(f"{mark}:{seen[mark]}")
    return marks


def _fingerprint(finding: Finding, view: View) -> str:
    file = relative(finding.place.file, view.base).as_posix()
    parts = [finding.rule, file, finding.target or "", _source_line(finding.place, view)]
    return hashlib.sha256(well_formed("\0".join(parts)).encode()).hexdigest()[:16]


def _source_line(place: Place, view: View) -> str:
    lines = view.sources.lines(place.file)
    return lines[place.range.start.line].strip() if place.range.start.line < len(lines) else ""
