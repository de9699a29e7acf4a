"""The models of a folder: which there are, what came of them, and what follows for the files that are open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.raw import Json, RawClient, shown, watched
from tests.server.serving import LEAVES

pytestmark = pytest.mark.slow

CREATED, CHANGED, DELETED = 1, 2, 3

LAYERS = """\
import torch
from torch import nn


class AdaptiveNorm(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        var = x.var(dim=-1, keepdim=True)
        if (var < 1e-5).any():
            x = x + 1e-5
        return x * torch.rsqrt(var) * self.weight
"""

NET = """\
from torch import nn

from layers import AdaptiveNorm


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = AdaptiveNorm()
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.norm(x))
"""

EXPORT = """\
import torch

from net import Net

torch.export.export(Net(), (torch.randn(2, 16),), dynamic_shapes={"x": {0: torch.export.Dim("rows")}})
"""

BARE = """\
from torch import nn


class Bare(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.head = nn.Linear(4, 4)

    def forward(self, input_ids, mask):
        return self.head(self.body.encode(input_ids)) * mask
"""


WIDE = """\
from torch import nn


class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        return self.head(x)
"""

README = """\
# Net

```python
import torch
from net import Net
Net()(torch.randn(3, 16))
```
"""


def states(client: RawClient) -> list[str]:
    said = (each for each in client.seen if each.get("method") == "fullgraph/status")
    return [each["params"]["state"] for each in said]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def asked(client: RawClient) -> Json:
    (found,) = client.request("fullgraph/models", {})["result"]["folders"]
    return dict(found)


def models(client: RawClient) -> dict[str, Json]:
    return {each["name"]: each for each in asked(client)["models"]}


def until(client: RawClient, name: str, wanted: Any) -> Json:
    """A model, as soon as it is as it should be: after each notification it may be."""
    seen = 0
    while True:
        found = models(client).get(name)
        if found is not None and wanted(found):
            return found
        client.later("fullgraph/modelsChanged", since=seen)
        seen = len(client.seen)


def is_checked(model: Json) -> bool:
    return model["status"] in ("exports", "fails", "error", "unsound")


def test_models_are_checked_that_nobody_opened(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS, net=NET, export=EXPORT, bare=BARE)
    client = RawClient()
    client.initialize(tmp_path, showsModels=True)
    net = until(client, "Net", is_checked)
    (target,) = net["targets"]
    assert (net["role"], net["status"], target["origin"]) == ("model", "fails", "call")
    assert target["uri"] == (tmp_path / "export.py").as_uri()
    assert target["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["rows", 16]}]
    assert net["parts"] == [models(client)["AdaptiveNorm"]["id"]]
    bare = models(client)["Bare"]
    assert (bare["status"], bare["missing"], bare["targets"]) == ("notChecked", ["body"], [])
    assert asked(client)["coverage"] == {"models": 2, "checked": 1, "exports": 0, "fails": 1}
    assert client.end() == 0


def test_nothing_is_run_where_models_are_checked_on_request_or_the_client_does_not_show_them(
    tmp_path: Path,
) -> None:
    write(tmp_path, net=NET, layers=LAYERS)
    on_request = {tmp_path.as_uri(): {"models": {"check": "onRequest"}}}
    every: tuple[dict[str, Any], ...] = ({}, {"showsModels": True, "folders": on_request})
    for options in every:
        client = RawClient()
        client.initialize(tmp_path, **options)
        client.request("workspace/executeCommand", {"command": "fullgraph.models", "arguments": []})
        client.wait(
            lambda m: m.get("method") == "fullgraph/targetsChanged" and m["params"]["uri"].endswith("net.py")
        )
        assert models(client)["Net"]["status"] == "notChecked"
        assert not client.children()
        assert client.end() == 0


def test_a_guess_gives_way_to_what_another_file_says(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS, net=NET, export=EXPORT)
    client, layers = RawClient(), tmp_path / "layers.py"
    client.initialize(tmp_path)
    client.open(layers.as_uri(), LAYERS)
    hints = {"textDocument": {"uri": layers.as_uri()}, "range": whole()}

    def labels() -> list[str]:
        return [each["label"] for each in client.request("textDocument/inlayHint", hints)["result"]]

    client.wait(lambda _: any(each["severity"] == 1 for each in shown(client, layers)))
    client.settled()
    assert ": f32[rows, 16]" in labels()
    assert client.request("fullgraph/targets", {"uri": layers.as_uri()})["result"] == []
    assert client.end() == 0


def test_a_class_says_above_it_what_came_of_a_call_in_another_file(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS, net=NET, export=EXPORT)
    client, net = RawClient(), tmp_path / "net.py"
    client.initialize(tmp_path, showsModels=True)
    client.open(net.as_uri(), NET)
    until(client, "Net", is_checked)
    lenses = client.request("textDocument/codeLens", {"textDocument": {"uri": net.as_uri()}})["result"]
    assert [each["command"]["title"] for each in lenses[:2]] == ["1 problem in layers.py", "Check"]
    assert lenses[0]["range"]["start"]["line"] == 5
    assert lenses[0]["command"]["arguments"][0] == (tmp_path / "export.py").as_uri()
    assert client.end() == 0


def test_what_a_call_stands_in_is_told(tmp_path: Path) -> None:
    text = "import torch\nfrom wide import Wide\n\nwith torch.no_grad():\n    torch.export.export(Wide(4), (torch.ones(2, 4),))\n"
    write(tmp_path, wide=WIDE, export=text)
    client = RawClient()
    client.initialize(tmp_path, showsModels=True)
    (target,) = until(client, "Wide", is_checked)["targets"]
    assert (target["status"], target["context"]) == ("exports", ["torch.no_grad()"])
    assert client.end() == 0


def test_models_come_and_go_with_their_files(tmp_path: Path) -> None:
    write(tmp_path, net=NET, layers=LAYERS)
    client, bare = RawClient(), tmp_path / "bare.py"
    client.initialize(tmp_path, showsModels=True)
    until(client, "Net", lambda _: True)
    write(tmp_path, bare=BARE)
    watched(client, bare, CREATED)
    until(client, "Bare", lambda _: True)
    bare.unlink()
    watched(client, bare, DELETED)
    seen = len(client.seen)
    while "Bare" in models(client):
        client.later("fullgraph/modelsChanged", since=seen)
        seen = len(client.seen)
    assert client.end() == 0


def test_a_readme_says_how_a_model_is_called_until_it_says_so_no_more(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS, net=NET)
    readme = tmp_path / "README.md"
    readme.write_text(README)
    client = RawClient()
    client.initialize(tmp_path, showsModels=True)
    net = until(client, "Net", is_checked)
    (target,) = net["targets"]
    assert (target["origin"], target["uri"], target["range"]["start"]["line"]) == (
        "eager",
        readme.as_uri(),
        5,
    )
    assert target["inputs"] == [{"name": "x", "dtype": "float32", "shape": [3, 16]}]
    readme.write_text("Nothing to see.\n")
    watched(client, readme, CHANGED)
    until(client, "Net", lambda each: [t["origin"] for t in each["targets"]] == ["inferred"])
    assert client.end() == 0


def test_a_model_that_another_file_builds_is_checked_that_nobody_opened(tmp_path: Path) -> None:
    write(tmp_path, wide=WIDE, build="from wide import Wide\n\n\ndef build_wide():\n    return Wide(8)\n")
    client = RawClient()
    client.initialize(tmp_path, showsModels=True)
    (target,) = until(client, "Wide", is_checked)["targets"]
    assert target["document"] == (tmp_path / "wide.py").as_uri()
    assert client.end() == 0


def test_parts_are_checked_with_the_workspace_on_request(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS, net=NET)
    on_request = {tmp_path.as_uri(): {"models": {"check": "onRequest"}}}
    client = RawClient()
    client.initialize(tmp_path, showsModels=True, folders=on_request)
    check = {"command": "fullgraph.checkWorkspace"}
    client.request("workspace/executeCommand", check)
    until(client, "Net", is_checked)
    client.wait(lambda _: states(client)[-1:] == ["idle"])
    assert models(client)["AdaptiveNorm"]["status"] == "notChecked"
    client.request("workspace/executeCommand", {**check, "arguments": [True]})
    until(client, "AdaptiveNorm", is_checked)
    assert client.end() == 0


def test_an_edit_makes_a_verdict_stale_until_it_is_checked_again(tmp_path: Path) -> None:
    write(tmp_path, leaves=LEAVES)
    client, file = RawClient(), tmp_path / "leaves.py"
    settings = {"check": {"on": ["open"]}}
    client.initialize(tmp_path, showsModels=True, folders={tmp_path.as_uri(): settings})
    client.open(file.as_uri(), LEAVES)
    model = until(client, "Observer", is_checked)
    assert not model["targets"][0]["stale"]
    change = {"range": whole(), "text": LEAVES + "\n"}
    document = {"uri": file.as_uri(), "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    model = until(client, "Observer", lambda each: each["targets"] and each["targets"][0]["stale"])
    assert model["status"] == "fails"
    client.request(
        "workspace/executeCommand", {"command": "fullgraph.checkFile", "arguments": [file.as_uri()]}
    )
    until(client, "Observer", lambda each: is_checked(each) and not each["targets"][0]["stale"])
    assert client.end() == 0


def applied(client: RawClient, command: str, *arguments: object) -> Json:
    """The one edit that a command asks for."""
    seen = len(client.seen)
    number = client.begin_request("workspace/executeCommand", {"command": command, "arguments": [*arguments]})
    request = client.later("workspace/applyEdit", since=seen)
    client.reply(request, {"applied": True})
    client.answer(number)
    (document,) = request["params"]["edit"]["documentChanges"]
    (edit,) = document["edits"]
    return dict(edit)


EDITS = {"workspace": {"workspaceEdit": {"documentChanges": True}}}


def test_a_guess_is_written_down_with_the_inputs_that_were_found(tmp_path: Path) -> None:
    write(tmp_path, layers=LAYERS)
    client, file = RawClient(), tmp_path / "layers.py"
    client.initialize(tmp_path, EDITS, showsModels=True)
    client.open(file.as_uri(), LAYERS)
    (target,) = until(client, "AdaptiveNorm", is_checked)["targets"]
    edit = applied(client, "fullgraph.declareTarget", file.as_uri(), target["name"])
    assert edit["range"]["start"] == {"line": 4, "character": 0}
    assert edit["newText"].startswith("# fullgraph: model=AdaptiveNorm().eval(), args=(torch.randn(")
    edit = applied(client, "fullgraph.freeDimension", file.as_uri(), target["name"], "x", 0, "rows")
    assert '"x": {0: Dim("rows")' in edit["newText"]
    assert client.end() == 0


@pytest.mark.parametrize("snippets", [True, False])
def test_a_model_without_inputs_gets_a_comment_to_fill_in(tmp_path: Path, snippets: bool) -> None:
    write(tmp_path, bare=BARE)
    client, file = RawClient(), tmp_path / "bare.py"
    able = {"workspace": {"workspaceEdit": {"documentChanges": True, "snippetEditSupport": snippets}}}
    client.initialize(tmp_path, able)
    edit = applied(client, "fullgraph.declareModel", file.as_uri(), "Bare")
    ids, mask = "torch.randint(0, 100, (2, 16))", "torch.ones(2, 16, dtype=torch.bool)"
    if snippets:
        expected = f"# fullgraph: model=Bare(body=${{1:64}}), args=(${{2:{ids}}}, ${{3:{mask}}})\n"
        assert edit["snippet"] == {"kind": "snippet", "value": expected}
    else:
        assert edit["newText"] == f"# fullgraph: model=Bare(body=64), args=({ids}, {mask})\n"
    assert client.end() == 0


def test_a_name_that_is_not_defined_is_a_finding_at_its_place(tmp_path: Path) -> None:
    text = LAYERS.replace("torch.rsqrt(var)", "torch.rsqrt(variance)")
    write(tmp_path, layers=text)
    client, file = RawClient(), tmp_path / "layers.py"
    client.initialize(tmp_path)
    client.open(file.as_uri(), text)
    client.wait(lambda _: any("'variance' is not defined" in each["message"] for each in shown(client, file)))
    (found,) = (each for each in shown(client, file) if "variance" in each["message"])
    assert found["severity"] == 1
    assert found["range"]["start"] == {"line": 13, "character": 31}
    assert client.end() == 0


def whole() -> Json:
    return {"start": {"line": 0, "character": 0}, "end": {"line": 500, "character": 0}}
