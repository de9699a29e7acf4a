"""Notebooks: their cells are one module, and what is found lies in the cell that it is about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import LanguageClient

from tests.server.serving import (
    COMMAND,
    LEAVES,
    begin,
    document,
    ended,
    errors,
    new_client,
    place,
    preferred,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

HEAD = "%matplotlib inline\nimport torch\nfrom torch import nn"
MODEL = "\n".join(LEAVES.splitlines()[4:])
RANGE = types.Range(place(3, 16), place(3, 36))
"""`float(x.abs().max())` in its cell."""


@pytest_asyncio.fixture
async def client() -> AsyncIterator[LanguageClient]:
    client = new_client()
    await client.start_io(*COMMAND)
    yield client
    await ended(client)


def cell(folder: Path, name: str) -> str:
    return f"vscode-notebook-cell:{folder}/book.ipynb#{name}"


def open_notebook(client: LanguageClient, folder: Path, texts: dict[str, str]) -> types.NotebookDocument:
    cells = [types.NotebookCell(types.NotebookCellKind.Code, cell(folder, name)) for name in texts]
    items = [types.TextDocumentItem(cell(folder, name), "python", 1, text) for name, text in texts.items()]
    book = types.NotebookDocument((folder / "book.ipynb").as_uri(), "jupyter-notebook", 1, cells)
    client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(book, items))
    return book


async def test_quick_fixes_edit_the_cell_and_ranges_follow_the_cells(
    client: LanguageClient, tmp_path: Path
) -> None:
    await begin(client, tmp_path)
    book = open_notebook(client, tmp_path, {"head": HEAD, "model": MODEL})
    uri = cell(tmp_path, "model")
    (found,) = await until(lambda: errors(client, uri))
    assert found.range == RANGE
    assert not errors(client, cell(tmp_path, "head"))
    best = await preferred(client, uri, found)
    resolved = await client.code_action_resolve_async(best)
    assert resolved.edit is not None
    (edit,) = resolved.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    assert (edit.text_document.uri, edit.text_document.version) == (uri, 1)
    # A cell is put in between, and another line above: the module's lines are others, the cell's are not.
    insert(client, book, 1, cell(tmp_path, "notes"), "x = 1\n\ny = 2")
    await until(lambda: [each.range for each in errors(client, uri)] == [RANGE])
    edited = "\n" + MODEL
    for put in sorted(edit.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        assert isinstance(put, types.TextEdit)
        edited = applied(edited, moved(put))
    write(client, book, uri, edited)
    await until(lambda: not errors(client, uri))
    write(client, book, uri, "\n" + MODEL, version=3)
    moved_down = types.Range(place(4, 16), place(4, 36))
    await until(lambda: [each.range for each in errors(client, uri)] == [moved_down])
    # A cell that is gone takes what was said of it along.
    change_cells(client, book, 4, types.NotebookCellArrayChange(2, 1, []), closed=[uri])
    await until(lambda: not errors(client, uri))


def insert(client: LanguageClient, book: types.NotebookDocument, at: int, uri: str, text: str) -> None:
    put = types.NotebookCell(types.NotebookCellKind.Code, uri)
    item = types.TextDocumentItem(uri, "python", 1, text)
    change_cells(client, book, 2, types.NotebookCellArrayChange(at, 0, [put]), opened=[item])


def change_cells(
    client: LanguageClient,
    book: types.NotebookDocument,
    version: int,
    array: types.NotebookCellArrayChange,
    opened: list[types.TextDocumentItem] | None = None,
    closed: list[str] | None = None,
) -> None:
    gone = [document(uri) for uri in closed or ()]
    structure = types.NotebookDocumentCellChangeStructure(array, opened, gone)
    changes = types.NotebookDocumentCellChanges(structure=structure)
    notify(client, book, version, changes)


def write(
    client: LanguageClient, book: types.NotebookDocument, uri: str, text: str, version: int = 2
) -> None:
    content = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(version, uri),
        [types.TextDocumentContentChangeWholeDocument(text)],
    )
    notify(client, book, version + 1, types.NotebookDocumentCellChanges(text_content=[content]))


def notify(
    client: LanguageClient,
    book: types.NotebookDocument,
    version: int,
    changes: types.NotebookDocumentCellChanges,
) -> None:
    identifier = types.VersionedNotebookDocumentIdentifier(version, book.uri)
    event = types.NotebookDocumentChangeEvent(cells=changes)
    client.notebook_document_did_change(types.DidChangeNotebookDocumentParams(identifier, event))


def moved(edit: types.TextEdit) -> types.TextEdit:
    start, end = edit.range.start, edit.range.end
    where = types.Range(place(start.line + 1, start.character), place(end.line + 1, end.character))
    return types.TextEdit(where, edit.new_text)


def applied(text: str, edit: types.TextEdit) -> str:
    lines = text.splitlines(keepends=True)
    start, end = (
        sum(map(len, lines[: edge.line])) + edge.character for edge in (edit.range.start, edit.range.end)
    )
    return text[:start] + edit.new_text + text[end:]
