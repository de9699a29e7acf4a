"""Each feature, asked of the real server with a real worker; one server for all of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient

from tests.server.serving import (
    BRANCH,
    COMMAND,
    FINE,
    LEAVES,
    MODEL,
    answer_of,
    begin,
    change,
    close,
    document,
    ended,
    errors,
    new_client,
    of,
    open_text,
    place,
    preferred,
    target,
    until,
    verified,
)

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(folder: Path) -> AsyncIterator[LanguageClient]:
    client = new_client()
    await client.start_io(*COMMAND)
    await begin(client, folder)
    yield client
    await ended(client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(client: LanguageClient, folder: Path) -> str:
    """A document that was checked."""
    uri = open_text(client, folder / "chooser.py", MODEL)
    await until(lambda: errors(client, uri))
    await target(client, uri)
    return uri


async def test_a_finding_is_shown_where_it_is_with_what_explains_it(
    client: LanguageClient, model: str
) -> None:
    (found,) = errors(client, model)
    assert (found.range, found.code, found.source) == (BRANCH, "data-dependent-branch", "fullgraph")
    assert found.code_description is not None
    assert found.code_description.href.endswith("data-dependent-branch.md")


async def test_hover_says_the_shape_and_what_its_names_are(client: LanguageClient, model: str) -> None:
    hover = await client.text_document_hover_async(types.HoverParams(document(model), place(11, 13)))
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert "float32[batch, 4]" in (await _hover(client, model, 11, 24))
    assert "`batch` is `x.shape[0]`, 0 … ∞" in (await _hover(client, model, 11, 24))
    assert "float32[batch, 8]" in (await _hover(client, model, 11, 22))


async def _hover(client: LanguageClient, uri: str, line: int, character: int) -> str:
    hover = await client.text_document_hover_async(types.HoverParams(document(uri), place(line, character)))
    return hover.contents.value if hover and isinstance(hover.contents, types.MarkupContent) else ""


async def test_hover_on_the_class_says_what_came_of_it(client: LanguageClient, model: str) -> None:
    said = await _hover(client, model, 5, 8)
    assert "**chooser:Chooser()**: 1 problem" in said
    assert "x: float32[batch, 4]" in said


async def test_hints_after_assignments_arguments_and_returns(client: LanguageClient, model: str) -> None:
    whole = types.Range(place(0, 0), place(99, 0))
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(document(model), whole))
    labels = {(hint.position.line, hint.position.character): hint.label for hint in hints or ()}
    assert labels[11, 26] == ": f32[batch, 8]"
    assert labels[10, 37] == ": f32[batch, 4]"
    assert labels[14, 16] == ": f32[batch, 8]"


async def test_lenses_say_the_state_and_what_can_be_done(client: LanguageClient, model: str) -> None:
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document(model)))
    titles = [lens.command.title for lens in lenses or () if lens.command]
    assert titles[:2] == ["1 problem", "Check"]
    assert {lens.range.start.line for lens in lenses or ()} == {5}


async def test_a_comment_that_ignores(client: LanguageClient, folder: Path) -> None:
    uri = open_text(client, folder / "ignored.py", MODEL)
    (found,) = await until(lambda: errors(client, uri))
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document(uri), found.range, types.CodeActionContext([found]))
    )
    ignore = next(a for a in actions or () if a.title == "Suppress data-dependent-branch on this line")
    assert isinstance(ignore, types.CodeAction)
    assert ignore.edit is not None
    (edit,) = ignore.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    assert edit.text_document.version == 1
    (put,) = edit.edits
    assert put == types.TextEdit(
        types.Range(place(12, 23), place(12, 23)), "  # fullgraph: ignore[data-dependent-branch]"
    )
    change(client, uri, 2, put.new_text, put.range)
    await until(lambda: not errors(client, uri))
    close(client, uri)


async def test_a_fix_that_was_proved_is_offered_and_mends(client: LanguageClient, folder: Path) -> None:
    uri = open_text(client, folder / "mended.py", LEAVES)
    (found,) = await until(lambda: errors(client, uri))
    best = await preferred(client, uri, found)
    assert best.title.endswith("(verified)")
    assert best.edit is None
    resolved = await client.code_action_resolve_async(best)
    assert resolved.edit is not None
    (edit,) = resolved.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    whole = types.CodeActionParams(
        document(uri),
        types.Range(place(0, 0), place(0, 0)),
        types.CodeActionContext([], only=["source.fixAll"]),
    )
    (every,) = await client.text_document_code_action_async(whole) or ()
    assert isinstance(every, types.CodeAction)
    assert every.kind == "source.fixAll.fullgraph"
    version = 1
    for each in sorted(edit.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        assert isinstance(each, types.TextEdit)
        version += 1
        change(client, uri, version, each.new_text, each.range)
    await until(lambda: not errors(client, uri))
    assert of(await target(client, uri), "status") == "exports"
    close(client, uri)


async def test_what_was_found_moves_with_the_text_and_goes_with_its_own(
    client: LanguageClient, folder: Path
) -> None:
    uri = open_text(client, folder / "moving.py", MODEL)
    await until(lambda: errors(client, uri))
    change(client, uri, 2, "# é😀\n\n", types.Range(place(0, 0), place(0, 0)))
    moved = types.Range(place(14, 11), place(14, 22))
    await until(lambda: [each.range for each in errors(client, uri)] == [moved])
    change(client, uri, 3, "# ", types.Range(place(14, 8), place(14, 8)))
    change(client, uri, 4, "# ", types.Range(place(15, 8), place(15, 8)))
    await until(lambda: of_status(client, uri))
    assert errors(client, uri) == []
    assert "f32" not in await _hover(client, uri, 14, 14)
    close(client, uri)


def of_status(client: LanguageClient, uri: str) -> bool:
    statuses = client.statuses  # type: ignore[attr-defined]
    return bool(statuses) and of(statuses[-1], "state") == "idle" and not errors(client, uri)


async def test_hover_answers_while_the_text_does_not_parse(client: LanguageClient, folder: Path) -> None:
    uri = open_text(client, folder / "broken.py", FINE)
    assert of(await target(client, uri), "status") == "exports"
    change(client, uri, 2, "def (:\n", types.Range(place(3, 0), place(3, 0)))
    assert "float32[batch, 4]" in (await _hover(client, uri, 12, 24))
    close(client, uri)


async def test_a_module_is_checked_again_when_one_that_it_imports_is_saved(
    client: LanguageClient, folder: Path
) -> None:
    gate = folder / "gate.py"
    gate.write_text("def gate(x):\n    return x\n")
    text = FINE.replace("import torch\n", "import torch\nfrom gate import gate\n", 1)
    uri = open_text(client, folder / "gated.py", text.replace("return y", "return gate(y)"))
    assert of(await target(client, uri), "status") == "exports"
    gate.write_text("def gate(x):\n    return x if x.sum() > 0 else -x\n")
    event = types.FileEvent(gate.as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    (found,) = await until(lambda: errors(client, gate.as_uri()))
    assert found.range == types.Range(place(1, 16), place(1, 27))
    close(client, uri)


async def test_unsaved_text_of_another_module_counts(client: LanguageClient, folder: Path) -> None:
    other = folder / "unsaved_gate.py"
    other.write_text("def gate(x):\n    return x if x.sum() > 0 else -x\n")
    open_text(client, other, "def gate(x):\n    return x\n", save=False)
    text = FINE.replace("import torch\n", "import torch\nfrom unsaved_gate import gate\n", 1)
    uri = open_text(client, folder / "user.py", text.replace("return y", "return gate(y)"))
    assert of(await target(client, uri), "status") == "exports"
    close(client, uri)
    close(client, other.as_uri())


async def test_a_report_and_a_graph(client: LanguageClient, model: str, folder: Path) -> None:
    uri = open_text(client, folder / "fine.py", FINE)
    name = of(await target(client, uri), "name")
    which = {"uri": uri, "target": name}
    report = await answer_of(client, "fullgraph/report", which)
    assert of(report, "status") == "exports"
    assert of(of(report, "symbols")[0], "name") == "batch"
    assert list(of(report, "lost")) == []
    graph = await answer_of(client, "fullgraph/graph", {**which, "level": "core"})
    operators = {of(each, "name") for each in of(of(graph, "program"), "operators")}
    assert "aten.addmm.default" in operators
    with pytest.raises(JsonRpcException):
        await answer_of(client, "fullgraph/graph", {**which, "level": "deep"})
    failing = {"uri": model, "target": "chooser:Chooser()"}
    graph = await answer_of(client, "fullgraph/graph", failing)
    assert of(graph, "program") is None
    assert of(graph, "problem") == "the target does not export"
    close(client, uri)


async def test_export_by_command(client: LanguageClient, folder: Path, model: str) -> None:
    uri = open_text(client, folder / "exported.py", FINE)
    name = of(await target(client, uri), "name")
    arguments = [uri, name, str(folder / "out.pt2")]
    await _command(client, "export", arguments)
    assert (folder / "out.pt2").stat().st_size > 0
    await _command(client, "export", [model, "chooser:Chooser()", str(folder / "bad.pt2")])
    assert sorted(path.name for path in folder.glob("*.pt2")) == ["out.pt2"]
    assert "bad.pt2 was not written" in client.messages[-1].message
    close(client, uri)


async def _command(client: LanguageClient, name: str, arguments: list[object]) -> object:
    params = types.ExecuteCommandParams(f"fullgraph.{name}", arguments)
    return await client.workspace_execute_command_async(params)


async def test_a_graph_as_text(client: LanguageClient, folder: Path) -> None:
    uri = open_text(client, folder / "shown.py", FINE)
    name = of(await target(client, uri), "name")
    shown = await _command(client, "showGraph", [uri, name])
    assert "aten.linear.default" in Path(str(shown).removeprefix("file://")).read_text()
    close(client, uri)


async def test_completion_in_a_spec(client: LanguageClient, folder: Path) -> None:
    text = FINE.replace('{"x": {0: torch.export.Dim("batch")}}', "{")
    uri = open_text(client, folder / "spec.py", text)
    column = text.splitlines()[4].index("{") + 1
    labels = await _labels(client, uri, 4, column)
    assert '"x":' in labels
    change(client, uri, 2, '"x": {0: ', types.Range(place(4, column), place(4, column)))
    assert "Dim.AUTO" in await _labels(client, uri, 4, column + 9)
    assert await _labels(client, uri, 8, 4) == []
    # In code the name is to be one that the file knows.
    call = "\nprogram = torch.export.export(Chooser(), (torch.ones(3, 4),), dynamic_shapes={'x': {0: "
    change(client, uri, 3, FINE + call)
    line, column = len(FINE.splitlines()) + 1, len(call) - 1
    assert "torch.export.Dim.AUTO" in await _labels(client, uri, line, column)
    change(client, uri, 4, FINE.replace("import nn", "import nn, export", 1) + call)
    assert "export.Dim.AUTO" in await _labels(client, uri, line, column)
    change(client, uri, 5, "from torch.export import Dim\n" + FINE + call)
    assert "Dim.AUTO" in await _labels(client, uri, line + 1, column)
    close(client, uri)


async def _labels(client: LanguageClient, uri: str, line: int, character: int) -> list[str]:
    params = types.CompletionParams(document(uri), place(line, character))
    found = await client.text_document_completion_async(params)
    return [item.label for item in found.items] if isinstance(found, types.CompletionList) else []


async def test_a_notebook_is_one_module_whose_findings_lie_in_its_cells(
    client: LanguageClient, folder: Path
) -> None:
    notebook = folder / "book.ipynb"
    texts = ["%matplotlib inline\nimport torch\nfrom torch import nn", "\n".join(MODEL.splitlines()[4:])]
    uris = [f"vscode-notebook-cell:{notebook}#{number}" for number in range(2)]
    cells = [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris]
    items = [types.TextDocumentItem(uri, "python", 1, text) for uri, text in zip(uris, texts, strict=True)]
    client.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(notebook.as_uri(), "jupyter-notebook", 1, cells), items
        )
    )
    (found,) = await until(lambda: errors(client, uris[1]))
    assert found.range == types.Range(place(8, 11), place(8, 22))
    await target(client, notebook.as_uri())
    assert "float32[batch, 4]" in await _hover(client, uris[1], 7, 24)
    identifiers = [document(uri) for uri in uris]
    client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(types.NotebookDocumentIdentifier(notebook.as_uri()), identifiers)
    )
    await until(lambda: not errors(client, uris[1]))


async def test_an_untitled_document(client: LanguageClient) -> None:
    uri = "untitled:Untitled-1"
    item = types.TextDocumentItem(uri, "python", 1, MODEL)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    assert [each.range for each in await until(lambda: errors(client, uri))] == [BRANCH]
    close(client, uri)
    await until(lambda: not errors(client, uri))


async def test_settings_that_change_are_taken(client: LanguageClient, folder: Path, model: str) -> None:
    settings = {
        "fullgraph": {"interpreter": sys.executable, "ignore": ["data-dependent-branch"], "strict": 7}
    }
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    await until(lambda: not errors(client, model))
    assert any("`fullgraph.strict` must be true or false" in m.message for m in client.messages)
    settings["fullgraph"] = {"interpreter": sys.executable}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    await until(lambda: errors(client, model))


async def test_new_workers_on_demand(client: LanguageClient, model: str) -> None:
    await _command(client, "restartWorker", [])
    await asyncio.sleep(0)
    assert of(await target(client, model), "status") == "fails"


SHORT = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(3, 4),), dynamic_shapes={"x": {0: Dim("batch")}}
class Short(nn.Module):
    def forward(self, x):
        return x.sum() if x.shape[0] > 8 else x + 1
"""


async def test_a_fix_is_proved_and_then_offered(client: LanguageClient, folder: Path) -> None:
    uri = open_text(client, folder / "short.py", SHORT)
    (found,) = await until(lambda: errors(client, uri))
    action = await verified(client, uri, found)
    assert not action.is_preferred, "it gives up sizes that are declared"
    resolved = await client.code_action_resolve_async(action)
    assert resolved.edit is not None
    (edit,) = resolved.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    (put,) = edit.edits
    assert isinstance(put, types.TextEdit)
    assert put.new_text == "max=8" or "max=8" in put.new_text
    change(client, uri, 2, put.new_text, put.range)
    await until(lambda: not errors(client, uri))
    close(client, uri)


TABLE = """\
[[tool.fullgraph.targets]]
module = "tabled.py"
model = "Short()"
args = "(torch.ones(3, 4),)"
dynamic_shapes = '{"x": {0: Dim("batch")}}'
"""


async def test_a_fix_goes_into_pyproject_as_the_editor_has_it(client: LanguageClient, folder: Path) -> None:
    own = folder / "tables"
    own.mkdir()
    (own / "pyproject.toml").write_text(TABLE)
    text = SHORT.replace(SHORT.splitlines()[4] + "\n", "")
    item = types.TextDocumentItem((own / "pyproject.toml").as_uri(), "toml", 7, f"# not saved\n{TABLE}")
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    uri = open_text(client, own / "tabled.py", text)
    (found,) = await until(lambda: errors(client, uri))
    action = await verified(client, uri, found)
    resolved = await client.code_action_resolve_async(action)
    assert resolved.edit is not None
    (edit,) = resolved.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    assert (edit.text_document.uri, edit.text_document.version) == (item.uri, 7)
    assert {put.range.start.line for put in edit.edits if isinstance(put, types.TextEdit)} == {5}
    close(client, uri)
    close(client, item.uri)


FOUND = """\
import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


model = Gate()
program = torch.export.export(model, (torch.ones(3),))
"""


async def test_a_target_that_was_found_is_written_down_through_the_editor(
    client: LanguageClient, folder: Path
) -> None:
    asked: list[types.ApplyWorkspaceEditParams] = []

    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        asked.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    client.protocol.fm.features[types.WORKSPACE_APPLY_EDIT] = apply
    uri = open_text(client, folder / "found.py", FOUND)
    name = of(await target(client, uri), "name")
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document(uri)))
    assert "Declare target" in [lens.command.title for lens in lenses or () if lens.command]
    await _command(client, "declareTarget", [uri, name])
    (edit,) = asked[0].edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    (put,) = edit.edits
    assert isinstance(put, types.TextEdit)
    assert put.range == types.Range(place(4, 0), place(4, 0))
    assert put.new_text == "# fullgraph: args=(torch.ones(3),)\n"
    change(client, uri, 2, "x" + FOUND)
    await _command(client, "declareTarget", [uri, name])  # the file on disk is another one
    assert len(asked) == 1
    close(client, uri)


async def test_what_is_skipped_says_why(client: LanguageClient, folder: Path) -> None:
    text = FOUND.replace("Gate()\n", "Gate(1)\n").replace("x if x.sum() > 0 else -x", "-x")
    uri = open_text(client, folder / "skipped.py", text)
    (found,) = await until(lambda: client.diagnostics.get(uri))
    assert found.code == "target-skipped"
    assert "Gate.__init__() takes 1 positional argument" in found.message
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document(uri)))
    assert "not checked" in [lens.command.title for lens in lenses or () if lens.command]
    close(client, uri)
