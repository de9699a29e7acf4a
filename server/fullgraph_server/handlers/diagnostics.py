"""Diagnostics for clients that ask for them."""

from __future__ import annotations

import hashlib

from lsprotocol import types

from ..app import App

OPTIONS = types.DiagnosticOptions(
    inter_file_dependencies=True, workspace_diagnostics=True, identifier="fullgraph"
)


def document(app: App, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    found = app.publisher.diagnostics().get(params.text_document.uri, [])
    number = _number(found)
    if number == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(number)
    return types.RelatedFullDocumentDiagnosticReport(found, result_id=number)


def workspace(app: App, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
    known = {previous.uri: previous.value for previous in params.previous_result_ids}
    found = app.publisher.diagnostics()
    items: list[types.WorkspaceDocumentDiagnosticReport] = []
    for uri in {**dict.fromkeys(known, None), **dict.fromkeys(found, None)}:
        diagnostics = found.get(uri, [])
        number, version = _number(diagnostics), app.session.documents.version_of(uri)
        if number == known.get(uri):
            items.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, number, version=version))
        else:
            items.append(
                types.WorkspaceFullDocumentDiagnosticReport(
                    uri, diagnostics, version=version, result_id=number
                )
            )
    return types.WorkspaceDiagnosticReport(items)


def _number(diagnostics: list[types.Diagnostic]) -> str:
    """The same for the same diagnostics, whenever they are asked for."""
    return hashlib.sha256(repr(diagnostics).encode()).hexdigest()[:16]
