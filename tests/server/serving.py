"""What the server's tests share: a real server process, and how to wait for what it says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, make_test_lsp_client

COMMAND = [sys.executable, "-m", "fullgraph_server", "--stdio"]

MODEL = """\
import torch
from torch import nn


# fullgraph: args=(torch.ones(3, 4),), dynamic_shapes={"x": {0: torch.export.Dim("batch")}}
class Chooser(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.linear(x)
        if y.sum() > 0:
            y = y + 1
        return y
"""
BRANCH = types.Range(types.Position(12, 11), types.Position(12, 22))
"""`y.sum() > 0` in it."""

LEAVES = """\
import torch
from torch import nn


# fullgraph: args=(torch.randn(4, 8),)
class Observer(nn.Module):
    def forward(self, x):
        scale = float(x.abs().max()) / 127
        return torch.clamp((x / scale).round(), -127, 127) * scale
"""
"""A model whose finding can be mended."""

FINE = MODEL.replace("        if y.sum() > 0:\n            y = y + 1\n", "")

LONGEST = 600.0
"""Seconds to wait for anything, on a machine however busy."""


def new_client() -> LanguageClient:
    """A client that writes down what the server tells it of its own."""
    client = make_test_lsp_client()
    client.statuses = []  # type: ignore[attr-defined]

    @client.feature("fullgraph/status")  # type: ignore[untyped-decorator]
    def _status(params: Any) -> None:
        client.statuses.append(params)  # type: ignore[attr-defined]

    @client.feature("fullgraph/targetsChanged")  # type: ignore[untyped-decorator]
    def _changed(params: Any) -> None:
        pass

    return client


def capabilities(**workspace: Any) -> types.ClientCapabilities:
    edit = types.WorkspaceEditClientCapabilities(document_changes=True)
    return types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(workspace_edit=edit, **workspace),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True,
                version_support=True,
                code_description_support=True,
                data_support=True,
            ),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    types.ClientCodeActionKindOptions(["quickfix", "source.fixAll"])
                ),
                is_preferred_support=True,
                data_support=True,
                resolve_support=types.ClientCodeActionResolveOptions(["edit"]),
            ),
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        ),
        window=types.WindowClientCapabilities(work_done_progress=False),
    )


async def begin(
    client: LanguageClient,
    folder: Path,
    options: dict[str, Any] | None = None,
    able: types.ClientCapabilities | None = None,
) -> types.InitializeResult:
    settings = {"interpreter": sys.executable, "check": {"delay": 200}}
    given = {"settings": settings, **(options or {})}
    return await client.initialize_session(
        types.InitializeParams(
            capabilities=able or capabilities(),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
            initialization_options=given,
        )
    )


def open_text(client: LanguageClient, file: Path, text: str, *, save: bool = True) -> str:
    """Writes a file and opens it; returns its URI."""
    if save:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    item = types.TextDocumentItem(file.as_uri(), "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return file.as_uri()


def change(
    client: LanguageClient, uri: str, version: int, text: str, where: types.Range | None = None
) -> None:
    event: types.TextDocumentContentChangeEvent
    if where is None:
        event = types.TextDocumentContentChangeWholeDocument(text)
    else:
        event = types.TextDocumentContentChangePartial(range=where, text=text)
    identifier = types.VersionedTextDocumentIdentifier(version=version, uri=uri)
    client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [event]))


def close(client: LanguageClient, uri: str) -> None:
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))


async def answer_of(client: LanguageClient, method: str, params: object) -> Any:
    """The answer to a request of our own, which the library has no type of."""
    return await client.protocol.send_request_async(method, params)  # type: ignore[no-untyped-call]


async def ended(client: LanguageClient) -> None:
    await asyncio.wait_for(client.shutdown_session(), LONGEST)
    await client.stop()  # type: ignore[no-untyped-call]


async def until(what: Callable[[], Any], seconds: float = LONGEST) -> Any:
    """Waits until something is so, and returns it."""
    for _ in range(int(seconds / 0.02)):
        found = what()
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to be")


def errors(client: LanguageClient, uri: str) -> list[types.Diagnostic]:
    found = client.diagnostics.get(uri, [])
    return [each for each in found if each.severity == types.DiagnosticSeverity.Error]


async def target(
    client: LanguageClient, uri: str, name: str | None = None, once: tuple[str, ...] = ()
) -> Any:
    """A target of a document, once nothing more is to come of it, or its status is one of these."""
    for _ in range(int(LONGEST / 0.1)):
        found = await answer_of(client, "fullgraph/targets", {"uri": uri})
        mine = [each for each in found if name in (None, of(each, "name"))]
        status = of(mine[0], "status") if mine else "unknown"
        if status in once if once else status not in ("checking", "unknown"):
            return mine[0]
        await asyncio.sleep(0.1)
    raise AssertionError("it was not checked")


def of(value: Any, name: str) -> Any:
    """A member of what the library made of JSON."""
    return value[name] if isinstance(value, dict) else getattr(value, name)


async def verified(client: LanguageClient, uri: str, found: types.Diagnostic) -> types.CodeAction:
    """The first fix of a finding that was verified, as soon as it is; it comes before all others."""
    context = types.CodeActionContext([found], only=[types.CodeActionKind.QuickFix])
    params = types.CodeActionParams(document(uri), found.range, context)
    ends = asyncio.get_running_loop().time() + LONGEST
    while asyncio.get_running_loop().time() < ends:
        for action in await client.text_document_code_action_async(params) or ():
            if isinstance(action, types.CodeAction) and action.title.endswith("(verified)"):
                return action
        await asyncio.sleep(0.2)
    raise AssertionError("no fix was verified")


async def preferred(client: LanguageClient, uri: str, found: types.Diagnostic) -> types.CodeAction:
    """The fix of a finding that was verified and gives nothing up, as soon as it is."""
    action = await verified(client, uri, found)
    assert action.is_preferred
    return action


def place(line: int, character: int) -> types.Position:
    return types.Position(line, character)


def document(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri)
