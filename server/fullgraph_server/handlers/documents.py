"""Text document synchronization: open, change, save, close."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..session.documents import Change, Document, changed


def did_open(app: App, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    if not _is_ours(item):
        return
    module = app.session.documents.open(Document(item.uri, item.version, item.text, item.language_id))
    app.session.visible = module.file
    app.schedule.shown(module.file, "open")


def did_change(app: App, params: types.DidChangeTextDocumentParams) -> None:
    uri, version = params.text_document.uri, params.text_document.version
    found = app.session.documents.part(uri)
    if found is None or version < found[1].document.version:
        return  # nobody opened it, or the change came too late to know what it changed
    changes, _ = changes_in(found[1].document, params.content_changes, app.client.encoding, version)
    module = app.session.documents.change(uri, changes, version)
    if module:
        app.session.visible = module.file
        app.schedule.edited(module.file)


def did_save(app: App, params: types.DidSaveTextDocumentParams) -> None:
    module = app.session.documents.module(params.text_document.uri)
    if module:
        app.schedule.shown(module.file, "save")


def did_close(app: App, params: types.DidCloseTextDocumentParams) -> None:
    file = app.session.documents.close(params.text_document.uri)
    if file is None:
        return
    app.schedule.dropped(file)
    app.schedule.repositories.changed(file)
    if not app.session.speaks_for_disk(file):
        app.session.forget(file)
        app.schedule.scans.recall(file)
    app.publisher.publish_soon()


def changes_in(
    document: Document,
    said: Sequence[types.TextDocumentContentChangeEvent],
    encoding: convert.Encoding,
    version: int,
) -> tuple[list[Change], Document]:
    """The changes in characters, each in the text that the one before it left, and the last text."""
    found = []
    for change in said:
        where = None
        if isinstance(change, types.TextDocumentContentChangePartial):
            where = convert.range_in(document.source, change.range, encoding)
        found.append(Change(where, change.text))
        document, _ = changed(document, found[-1], version)
    return found, document


def _is_ours(item: types.TextDocumentItem) -> bool:
    """Python, and the settings of projects; a client may send whatever is open."""
    name = item.uri.rpartition("/")[2]
    return item.language_id == "python" or name.endswith(".py") or name == "pyproject.toml"
