"""Quick fixes: verified ones first, then ignore comments.

The rule: actions are computed from the present findings at the range, not from the diagnostics that the client
sends back. The edit is computed when an action is resolved, on the texts of that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fullgraph.model import Finding, Fix, Range, VerdictKind
from fullgraph.text.source import SourceText
from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..presentation import diagnostics, workspace_edits
from ..presentation.suppress_edit import ignoring
from ..session.documents import Part
from ..session.findings import present_findings
from ..session.results import Texts

FIX_ALL = "source.fixAll.fullgraph"

OPTIONS = types.CodeActionOptions(
    code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True
)

_SAID: Mapping[VerdictKind, str] = {
    "verified": "verified",
    "verified-one-branch": "verified on one branch",
    "unverified-exports": "exports, not compared",
    "not-verified": "not verified",
    "suppresses": "suppresses the finding",
}

Found = tuple[Finding, Texts, Range]
"""A finding, its texts, and its range in the document."""


def code_actions(app: App, params: types.CodeActionParams) -> list[types.CodeAction]:
    here = app.session.documents.part(params.text_document.uri)
    if here is None:
        return []
    _, part = here
    wanted = convert.range_in(part.document.source, params.range, app.client.encoding)
    only = [
        kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in params.context.only or ()
    ]
    actions: list[types.CodeAction] = []
    if _asked("quickfix", only):
        here_found = list(_at(app, part, wanted))
        actions += (action for found in here_found for action in _fixes(app, part, found))
        actions += (action for found in here_found for action in _ignore(app, part, found))
    if only and _asked(FIX_ALL, only):
        actions += _fix_all(app, part)
    return _distinct(actions)


def resolve(app: App, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit, in the present text; without one where it has lost its place."""
    data = action.data if isinstance(action.data, dict) else _plain(action.data)
    here = app.session.documents.part(str(data.get("uri")))
    if action.edit or here is None:
        return action
    for finding, texts, _ in _at(app, here[1], here[1].document.source.whole):
        for fix in finding.fixes:
            if (finding.rule, finding.message, fix.title) == (
                data.get("rule"),
                data.get("message"),
                data.get("fix"),
            ):
                edits = workspace_edits.edits_of(fix, texts, app.session, app.client.encoding)
                action.edit = (
                    workspace_edits.workspace_edit(edits, app.session, app.client.capabilities)
                    if edits
                    else None
                )
                return action
    return action


def _plain(data: Any) -> Mapping[str, Any]:
    return vars(data) if hasattr(data, "__dict__") else getattr(data, "_asdict", dict)()


def _asked(kind: str, only: list[str]) -> bool:
    return not only or any(kind == each or kind.startswith(f"{each}.") or not each for each in only)


def _at(app: App, part: Part, wanted: Range) -> Iterator[Found]:
    for present in present_findings(app.session):
        where = present.spot.range
        here = present.spot.uri == part.document.uri
        if here and where.start <= wanted.end and wanted.start <= where.end:
            yield present.finding, present.texts, where


def _fixes(app: App, part: Part, found: Found) -> Iterator[types.CodeAction]:
    finding, texts, where = found
    for fix in finding.fixes:
        if fix.verdict.kind == "suppresses":  # `_ignore` offers it also where nothing was traced
            continue
        edits = workspace_edits.edits_of(fix, texts, app.session, app.client.encoding)
        if edits is None:
            continue
        action = types.CodeAction(
            title=_title(fix),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[
                diagnostics.diagnostic(app.session, finding, texts, where, part, app.client.encoding)
            ],
            is_preferred=(fix.preferred and fix.verdict.kind == "verified") or None,
        )
        if _resolves(app):
            action.data = {
                "uri": part.document.uri,
                "rule": finding.rule,
                "message": finding.message,
                "fix": fix.title,
            }
        else:
            action.edit = workspace_edits.workspace_edit(edits, app.session, app.client.capabilities)
        yield action


def _title(fix: Fix) -> str:
    return f"{fix.title} ({_SAID[fix.verdict.kind]})"


def _resolves(app: App) -> bool:
    text = app.client.capabilities.text_document
    can = text.code_action.resolve_support if text and text.code_action else None
    return can is not None and "edit" in can.properties


def _ignore(app: App, part: Part, found: Found) -> Iterator[types.CodeAction]:
    finding, texts, where = found
    source = part.document.source
    named = SourceText(source.file, source.normal)
    edit = ignoring(named, where.start.line, finding.rule)
    if edit is None:
        return
    text_edit = types.TextEdit(
        convert.range_out(source, edit.place.range, app.client.encoding), edit.new_text
    )
    yield types.CodeAction(
        title=f"Suppress {finding.rule} on this line",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostics.diagnostic(app.session, finding, texts, where, part, app.client.encoding)],
        edit=workspace_edits.workspace_edit(
            {part.document.uri: [text_edit]}, app.session, app.client.capabilities
        ),
    )


def _fix_all(app: App, part: Part) -> Iterator[types.CodeAction]:
    """All that was verified, as far as the edits leave each other alone."""
    whole: dict[str, list[types.TextEdit]] = {}
    for finding, texts, _ in _at(app, part, part.document.source.whole):
        for fix in finding.fixes[:1]:
            edits = workspace_edits.edits_of(fix, texts, app.session, app.client.encoding)
            if fix.verdict.kind != "verified" or edits is None or workspace_edits.overlap(whole, edits):
                continue
            for uri, each in edits.items():
                whole.setdefault(uri, []).extend(each)
    if whole:
        yield types.CodeAction(
            title="Apply all verified Fullgraph fixes",
            kind=FIX_ALL,
            edit=workspace_edits.workspace_edit(whole, app.session, app.client.capabilities),
        )


def _distinct(actions: list[types.CodeAction]) -> list[types.CodeAction]:
    """Two targets can have the same finding with the same fix; those that are preferred come first."""
    seen: dict[tuple[str, str], types.CodeAction] = {}
    for action in actions:
        where = str(action.diagnostics[0].range) if action.diagnostics else ""
        seen.setdefault((action.title, where), action)
    return sorted(seen.values(), key=lambda action: not action.is_preferred)
