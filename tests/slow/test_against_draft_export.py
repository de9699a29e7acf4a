"""What we say of a target is what torch.export says, and draft export reports nothing that we do not.

Stock draft export takes minutes for what a check takes seconds for, so this is slow. An exception has its
row in `EXPLAINED`, with the reason.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from fullgraph.model import Finding, Place, Position, Range, Related

from tests.slow.against_draft_export import Reported, Stock, compare, covers

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures/models"

_AT_SPEC = "all of the model is the library's, so the finding is at the spec and names no line of the library"

_NO_CONTRADICTION = "a guard that the spec allows, beside one that it does not, which is reported"

EXPLAINED: dict[tuple[str, str], str] = {
    ("vision:dinov2()", "GUARD_ADDED"): _AT_SPEC,
    ("vision:resnet()", "GUARD_ADDED"): _AT_SPEC,
    ("vision:segformer()", "GUARD_ADDED"): _AT_SPEC,
    ("audio:wav2vec2()", "GUARD_ADDED"): _AT_SPEC,
    ("assertions:IndexAssert()", "DATA_DEPENDENT_ERROR"): "it follows from the assert, which is reported",
    ("dim_relations:EdgesAndBins()", "GUARD_ADDED"): _NO_CONTRADICTION,
    ("strict_names:StrictRange()", "GUARD_ADDED"): _NO_CONTRADICTION,
    ("spec_structures:Add()#9", "GUARD_ADDED"): "torch.export refuses the spec before it traces",
}
"""By target and kind: what draft export alone reports, and why we do not."""

pytestmark = pytest.mark.exhaustive


def exportdb() -> str:
    package = importlib.util.find_spec("torch")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "_export/db/examples")


@pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None,
    reason="transformers is not installed; it is a development dependency, of the group `models`",
)
def test_models_of_transformers() -> None:
    said_the_same([str(HERE / "models")])


def test_exportdb() -> None:
    said_the_same([exportdb()])


def test_our_own_fixtures() -> None:
    said_the_same([str(FIXTURES)])


def said_the_same(paths: Sequence[str]) -> None:
    compared = compare(paths, sys.executable)
    assert len(compared) > 10
    disagreeing = {each.name: each.stock.export for each in compared if each.agrees is False}
    silent = {each.name: each.stock.export for each in compared if each.is_silent}
    accused = {each.name: str(each.findings) for each in compared if each.is_accused}
    missed = {
        (each.name, str(reported))
        for each in compared
        for reported in each.missed
        if (each.name, reported.kind) not in EXPLAINED
    }
    assert (disagreeing, silent, accused, missed) == ({}, {}, {}, set())


def finding(line: int, library_line: int | None = None) -> Finding:
    def place(file: str, line: int) -> Place:
        return Place(file, Range(Position(line - 1, 4), Position(line - 1, 9)))

    related = () if library_line is None else (Related("here", place("/library.py", library_line)),)
    return Finding("data-dependent-guard", "error", "…", place("/model.py", line), related=related)


def test_a_finding_at_another_line_does_not_count() -> None:
    reported = Reported("DATA_DEPENDENT_ERROR", "u0 > 3", ("/model.py", 7), None)
    assert covers(finding(7), reported)
    assert not covers(finding(8), reported)


def test_a_library_s_line_counts_by_the_related_place() -> None:
    reported = Reported("DATA_DEPENDENT_ERROR", "u0 > 3", None, ("/library.py", 90))
    assert covers(finding(7, library_line=90), reported)
    assert not covers(finding(7), reported)


def test_a_guard_without_a_line_counts_by_the_kind_of_the_finding() -> None:
    assert not covers(finding(7), Reported("GUARD_ADDED", "s77 >= 0", None, None))
    assert covers(finding(7), Reported("DATA_DEPENDENT_ERROR", "u0 > 3", None, None))


def test_what_did_not_end_is_neither_right_nor_wrong() -> None:
    assert Stock("did not end within 60 s").is_late
    assert not Stock("UserError: Constraints violated").is_late
    assert not Stock(None).is_late
