"""What needs a server of its own: folders, trust, no torch, pull, and many edits."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import LanguageClient

from tests.server.serving import (
    BRANCH,
    COMMAND,
    MODEL,
    answer_of,
    begin,
    capabilities,
    change,
    document,
    ended,
    errors,
    new_client,
    of,
    open_text,
    place,
    target,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[LanguageClient]:
    client = new_client()
    await client.start_io(*COMMAND)
    yield client
    if client.capabilities is None:  # it was never begun, and would be waited for
        client._server.kill()  # type: ignore[union-attr]
    await ended(client)


async def test_two_folders_with_settings_of_their_own(client: LanguageClient, tmp_path: Path) -> None:
    strict, plain = tmp_path / "strict", tmp_path / "plain"
    strict.mkdir()
    ignored = {"interpreter": sys.executable, "ignore": ["data-dependent-branch"]}
    await begin(client, strict, {"folders": {strict.as_uri(): ignored}})
    added = types.WorkspaceFolder(plain.as_uri(), "plain")
    event = types.WorkspaceFoldersChangeEvent(added=[added], removed=[])
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    one = open_text(client, strict / "chooser.py", MODEL)
    other = open_text(client, plain / "chooser.py", MODEL)
    assert [each.range for each in await until(lambda: errors(client, other))] == [BRANCH]
    assert of(await target(client, one), "status") == "fails"
    assert errors(client, one) == []


async def test_two_folders_with_interpreters_and_configurations_of_their_own(
    client: LanguageClient, tmp_path: Path
) -> None:
    """Which one ran is told by a variable that each interpreter sets."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nWHO={folder.name} exec {sys.executable} "$@"\n')
        python.chmod(0o755)
    (folders[1] / "pyproject.toml").write_text("[tool.fullgraph]\nignore = ['data-dependent-branch']\n")
    text = MODEL.replace("from torch", "import os\nfrom torch").replace(
        "y.sum() > 0", "os.environ['WHO'] == 'other' or y.sum() > 0"
    )
    settings = {folder.as_uri(): {"interpreter": "./python"} for folder in folders}
    await begin(client, folders[0], {"folders": settings})
    added = types.WorkspaceFolder(folders[1].as_uri(), "other")
    event = types.WorkspaceFoldersChangeEvent(added=[added], removed=[])
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    one, other = (open_text(client, folder / "chooser.py", text) for folder in folders)
    assert of(await target(client, other), "status") == "exports"
    assert of(await target(client, one), "status") == "fails"
    assert errors(client, one)
    change(client, other, 2, text.replace("'other' or", "'nobody' or"))
    await until(lambda: _exports(client, folders[1]) == 0)
    assert errors(client, other) == []  # as its pyproject.toml says


def _exports(client: LanguageClient, folder: Path) -> int | None:
    statuses = client.statuses  # type: ignore[attr-defined]
    own = [of(each, "exports") for each in statuses if of(each, "folder") == folder.as_uri()]
    return own[-1] if own else None


async def test_settings_that_the_client_is_asked_for(client: LanguageClient, tmp_path: Path) -> None:
    client.set_configuration({"fullgraph": {"interpreter": sys.executable, "check": {"on": ["save"]}}})
    await begin(client, tmp_path, able=capabilities(configuration=True))
    uri = open_text(client, tmp_path / "chooser.py", MODEL)
    await until(lambda: client.diagnostics.get(uri))
    assert of(await target(client, uri, once=("unknown", "fails")), "status") == "unknown"
    assert not errors(client, uri)
    client.text_document_did_save(types.DidSaveTextDocumentParams(document(uri)))
    await until(lambda: errors(client, uri))


async def test_an_interpreter_that_cannot_be_used(client: LanguageClient, tmp_path: Path) -> None:
    empty = {"settings": {"interpreter": shutil.which("true") or "/bin/true"}}
    await begin(client, tmp_path, empty)
    uri = open_text(client, tmp_path / "chooser.py", MODEL)
    await until(lambda: client.messages)
    said = client.messages[0].message
    assert "is not a Python interpreter that Fullgraph can use." in said
    assert said.endswith("with the setting `fullgraph.interpreter`.")
    client.text_document_did_save(types.DidSaveTextDocumentParams(document(uri)))
    assert await answer_of(client, "fullgraph/targets", {"uri": uri})
    assert len(client.messages) == 1
    status = client.statuses[-1]  # type: ignore[attr-defined]
    assert of(status, "state") == "unsuitable"
    assert of(of(status, "startFailure"), "reason") == "not-python"
    suspicions = client.diagnostics.get(uri, [])
    assert [each.severity for each in suspicions] == [types.DiagnosticSeverity.Information]
    settings = {"fullgraph": {"interpreter": sys.executable}}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    await until(lambda: errors(client, uri))


async def test_diagnostics_for_a_client_that_asks(client: LanguageClient, tmp_path: Path) -> None:
    able = capabilities(diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True))
    assert able.text_document is not None
    able.text_document.diagnostic = types.DiagnosticClientCapabilities()
    refreshed: list[object] = []
    client.protocol.fm.features[types.WORKSPACE_DIAGNOSTIC_REFRESH] = refreshed.append
    await begin(client, tmp_path, able=able)
    uri = open_text(client, tmp_path / "chooser.py", MODEL)
    await target(client, uri)
    report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document(uri)))
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert [each.range for each in report.items] == [BRANCH]
    again = types.DocumentDiagnosticParams(document(uri), previous_result_id=report.result_id)
    assert isinstance(
        await client.text_document_diagnostic_async(again), types.RelatedUnchangedDocumentDiagnosticReport
    )
    whole = await client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
    assert [item.uri for item in whole.items] == [uri]
    same = types.WorkspaceDiagnosticParams([types.PreviousResultId(uri, report.result_id or "")])
    (unchanged,) = (await client.workspace_diagnostic_async(same)).items
    assert isinstance(unchanged, types.WorkspaceUnchangedDocumentDiagnosticReport)
    assert unchanged.version == 1
    before = len(refreshed)
    change(client, uri, 2, MODEL.replace("y.sum() > 0", "True"))
    await until(lambda: len(refreshed) > before)
    await target(client, uri)
    (mended,) = (await client.workspace_diagnostic_async(same)).items
    assert isinstance(mended, types.WorkspaceFullDocumentDiagnosticReport)
    assert (list(mended.items), mended.version) == ([], 2)
    assert client.diagnostics == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_the_units_that_were_agreed_on(client: LanguageClient, tmp_path: Path, encoding: str) -> None:
    able = capabilities()
    able.general = types.GeneralClientCapabilities(position_encodings=[encoding])
    result = await begin(client, tmp_path, {"trusted": False}, able)
    assert result.capabilities.position_encoding == encoding
    text = MODEL.replace("        if y", '        "é😀"; y = y\n        if y')
    text = text.replace('        "é😀"; y = y\n        if y.sum() > 0:', '        if "é😀" and y.sum() > 0:')
    uri = open_text(client, tmp_path / "units.py", text)
    (found,) = await until(lambda: client.diagnostics.get(uri))
    width = {"utf-8": 6, "utf-16": 3, "utf-32": 2}[encoding]
    assert found.range.end == place(12, 11 + width + 2 + 5 + 11)


async def test_a_thousand_edits_leave_every_range_right(client: LanguageClient, tmp_path: Path) -> None:
    """Typing, with undo and broken syntax: whatever is shown for a version has the text that was found."""
    await begin(client, tmp_path)
    uri = open_text(client, tmp_path / "edited.py", MODEL)
    await until(lambda: errors(client, uri))
    published = _published(client)
    chance = random.Random(7)
    texts, history = {1: MODEL}, [MODEL]
    text = MODEL
    for version in range(2, 1002):
        if chance.random() < 0.3 and len(history) > 1:
            text = history.pop()
        else:
            history.append(text)
            text = _edited(text, chance)
        texts[version] = text
        change(client, uri, version, text)
        await asyncio.sleep(chance.choice((0.001, 0.001, 0.01, 0.05)))
    change(client, uri, 1002, MODEL)
    texts[1002] = MODEL
    await until(lambda: [each.range for each in errors(client, uri)] == [BRANCH])
    await target(client, uri)
    assert [each.range for each in client.diagnostics[uri]] == [BRANCH]
    branches = [
        _at(texts[each.version or 0], diagnostic.range)
        for each in published
        for diagnostic in each.diagnostics
        if diagnostic.code == "data-dependent-branch"
    ]
    assert set(branches) == {"y.sum() > 0"}


def _published(client: LanguageClient) -> list[types.PublishDiagnosticsParams]:
    """All that is published from now on, each with the version that it is for."""
    published: list[types.PublishDiagnosticsParams] = []

    def publish(params: types.PublishDiagnosticsParams) -> None:
        published.append(params)
        client.diagnostics[params.uri] = params.diagnostics

    client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = publish
    return published


def _edited(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text))
    end = min(len(text), start + chance.choice((0, 0, 1, 5)))
    return text[:start] + chance.choice(("", "a", "\n", "(", "# é\n", "😀", "    ")) + text[end:]


def _at(text: str, where: types.Range) -> str:
    lines = text.split("\n")
    line = lines[where.start.line] if where.start.line < len(lines) else ""
    units = line.encode("utf-16-le")
    return units[2 * where.start.character : 2 * where.end.character].decode("utf-16-le", "replace")
