"""From recorded.json to targets: what is used, and what is told because the text says it no longer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fullgraph.discovery import Discovered, discover
from fullgraph.discovery.finders.recorded import read_recording
from fullgraph.text.source import SourceText

MODULE = """\
from torch import nn

class Net(nn.Module):
    def __init__(self, d=8, *, deep=1):
        super().__init__()

    def forward(self, x, mask=None):
        return x
"""


def entry(**said: Any) -> dict[str, Any]:
    made = {"file": "net.py", "class": "Net", "model": "Net(d=4)", "forward": ["x", "mask"]}
    return {**made, "calls": [called("float32[4, 8]")], **said}


def called(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"args": list(args), "kwargs": kwargs}


def recording(*entries: Any, version: int = 1) -> SourceText:
    document = {"version": version, "entries": list(entries)}
    return SourceText("/project/.fullgraph/recorded.json", json.dumps(document, indent=2))


def found(*entries: Any) -> Discovered:
    read = read_recording(recording(*entries), "/project")
    assert read.findings == ()
    source = SourceText("/project/net.py", MODULE)
    return discover(source, "net", recording=read.entries)


def test_sizes_that_differ_are_dynamic() -> None:
    calls = [called("float32[1, 8]"), called("float32[4, 8]"), called("float32[6, 8]")]
    [target] = found(entry(calls=calls)).targets
    assert target.origin == "recorded"
    assert target.model.text == "Net(d=4).eval()"
    assert target.args is not None
    assert target.args.text == "(torch.randn(4, 8),)", "1 is a size that torch treats apart"
    assert target.dynamic_shapes is not None
    assert target.dynamic_shapes.text == '{"x": {0: Dim.DYNAMIC}}'


def test_every_kind_of_argument_has_a_text() -> None:
    nested = {"dict": {"a": "int64[2, 3]", "b": {"tuple": ["bool[5]", None]}}}
    calls = [called(nested, mask=["float16[2]", 3, 0.5, {"str": "it's"}])]
    [target] = found(entry(calls=calls)).targets
    assert target.args is not None
    assert target.kwargs is not None
    assert target.args.text == (
        "({'a': torch.ones((2, 3), dtype=torch.int64), 'b': (torch.ones((5,), dtype=torch.bool), None)},)"
    )
    assert target.kwargs.text == '{"mask": [torch.randn(2, dtype=torch.float16), 3, 0.5, "it\'s"]}'
    assert target.dynamic_shapes is None


def test_only_calls_of_one_form_go_together() -> None:
    calls = [called("float32[4, 8]"), called("float32[4, 8]", mask="bool[4]"), called("float32[4, 9]")]
    [target] = found(entry(calls=calls)).targets
    assert target.kwargs is None
    assert target.dynamic_shapes is not None
    assert target.dynamic_shapes.text == '{"x": {1: Dim.DYNAMIC}}'


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"class": "Gone"}, "stale recording: net.py no longer defines `Gone`"),
        (
            {"forward": ["x"]},
            "stale recording: `Net.forward` took (x), and now takes (x, mask)",
        ),
        ({"model": "Net(width=4)"}, "stale recording: `Net` no longer takes `width`, as in `Net(width=4)`"),
    ],
)
def test_what_is_out_of_date_is_told_and_not_used(said: dict[str, Any], message: str) -> None:
    result = found(entry(**said))
    assert result.targets == () or all(target.origin != "recorded" for target in result.targets)
    [finding] = result.findings
    assert finding.message == message
    assert finding.severity == "warning"
    assert finding.place.file == "/project/.fullgraph/recorded.json"
    assert finding.place.range.start.line == 5, "the line of the class"


@pytest.mark.parametrize("said", [{"model": None}, {"calls": [called({"unknown": "data.Batch"})]}])
def test_what_cannot_be_written_down_is_no_target(said: dict[str, Any]) -> None:
    assert all(target.origin != "recorded" for target in found(entry(**said)).targets)


def test_another_version_is_a_finding_at_its_place() -> None:
    [finding] = read_recording(recording(version=2), "/project").findings
    assert finding.message == "recording of version 2: this Fullgraph supports version 1"
    assert finding.place.range.start.line == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1}', '{"version": 1, "entries": [3]}', "nul"])
def test_what_is_no_recording_is_a_finding(text: str) -> None:
    read = read_recording(SourceText("/project/.fullgraph/recorded.json", text), "/project")
    assert read.entries == ()
    assert len(read.findings) == 1


def test_no_recording_is_none() -> None:
    assert read_recording(SourceText("/p/recorded.json", ""), "/p").findings == ()
