"""Notebook synchronization: the code cells of a notebook are one module."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..session.documents import Document
from .documents import changes_in

SYNC = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="jupyter-notebook", cells=[types.NotebookCellLanguage("python")]
        )
    ],
    save=True,
)


def did_open(app: App, params: types.DidOpenNotebookDocumentParams) -> None:
    notebook = params.notebook_document
    texts = {item.uri: _document(item) for item in params.cell_text_documents}
    cells = [cell.document for cell in notebook.cells if cell.kind == types.NotebookCellKind.Code]
    module = app.session.documents.open_notebook(
        notebook.uri, tuple(texts[uri] for uri in cells if uri in texts)
    )
    app.session.visible = module.file
    app.schedule.shown(module.file, "open")


def did_change(app: App, params: types.DidChangeNotebookDocumentParams) -> None:
    uri = params.notebook_document.uri
    module = app.session.documents.module(uri)
    changes = params.change.cells
    if module is None or changes is None:
        return
    cells = [part.document for part in module.parts]
    if changes.structure:
        cells = _restructured(cells, changes.structure)
        app.session.documents.close(uri)
    for content in changes.text_content or ():
        cells = [_changed(cell, content, app.client.encoding) for cell in cells]
    module = app.session.documents.open_notebook(uri, tuple(cells))
    app.session.visible = module.file
    app.schedule.edited(module.file)


def did_save(app: App, params: types.DidSaveNotebookDocumentParams) -> None:
    module = app.session.documents.module(params.notebook_document.uri)
    if module:
        app.schedule.shown(module.file, "save")


def did_close(app: App, params: types.DidCloseNotebookDocumentParams) -> None:
    file = app.session.documents.close(params.notebook_document.uri)
    if file:
        app.schedule.dropped(file)
        app.session.forget(file)
        app.publisher.publish_soon()


def _document(item: types.TextDocumentItem) -> Document:
    return Document(item.uri, item.version, item.text, item.language_id)


def _restructured(
    cells: Sequence[Document], structure: types.NotebookDocumentCellChangeStructure
) -> list[Document]:
    """The cells after some were put in, taken out or moved; those of other languages are not ours to count."""
    known = {cell.uri: cell for cell in cells}
    known.update((item.uri, _document(item)) for item in structure.did_open or ())
    array = structure.array
    end = array.start + array.delete_count
    put = [known[cell.document] for cell in array.cells or () if cell.document in known]
    return [*cells[: array.start], *put, *cells[end:]]


def _changed(
    cell: Document, content: types.NotebookDocumentCellContentChanges, encoding: convert.Encoding
) -> Document:
    if content.document.uri != cell.uri:
        return cell
    return changes_in(cell, content.changes, encoding, content.document.version)[1]
