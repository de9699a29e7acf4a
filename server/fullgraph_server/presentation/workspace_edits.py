"""From fixes to edits of the editor's documents.

The rule: an edit is offered only where the text that it replaces is unchanged. It names the version of each open
document, so that the client rejects it where there is a newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count

from fullgraph.declare.template import Blank
from fullgraph.model import Edit, Fix
from lsprotocol import types

from ..lsp import convert
from ..lsp.convert import Encoding
from ..session.results import Texts
from ..session.session import Session

Edits = Mapping[str, list[types.TextEdit]]


def edits_of(fix: Fix, texts: Texts, session: Session, encoding: Encoding) -> Edits | None:
    """The edits by document, in its present text; None where one of them has no place any more."""
    return text_edits(fix.edits, texts, session, encoding)


def text_edits(edits: Iterable[Edit], texts: Texts, session: Session, encoding: Encoding) -> Edits | None:
    found: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        spot = session.spot(edit.place, texts)
        if spot is None:
            return None
        where = convert.range_out(spot.source, spot.range, encoding)
        found.setdefault(spot.uri, []).append(types.TextEdit(where, edit.new_text))
    return found


def workspace_edit(
    edits: Edits, session: Session, capabilities: types.ClientCapabilities
) -> types.WorkspaceEdit:
    workspace = capabilities.workspace
    can = workspace.workspace_edit if workspace else None
    if not can or not can.document_changes:
        return types.WorkspaceEdit(changes=dict(edits))
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, _version(session, uri)), each
            )
            for uri, each in edits.items()
        ]
    )


def snippet_edit(
    uri: str,
    at: types.Position,
    pieces: Iterable[str | Blank],
    session: Session,
    capabilities: types.ClientCapabilities,
) -> types.WorkspaceEdit:
    """A line put in at a position, with a tab stop at each blank where the client has those."""
    where, every = types.Range(at, at), tuple(pieces)
    workspace = capabilities.workspace
    can = workspace.workspace_edit if workspace else None
    if not can or not can.document_changes or not can.snippet_edit_support:
        plain = "".join(each.text if isinstance(each, Blank) else each for each in every)
        return workspace_edit({uri: [types.TextEdit(where, f"{plain}\n")]}, session, capabilities)
    edit = types.SnippetTextEdit(where, types.StringValue(f"{_snippet(every)}\n"))
    document = types.OptionalVersionedTextDocumentIdentifier(uri, _version(session, uri))
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [edit])])


def _snippet(pieces: Iterable[str | Blank]) -> str:
    numbers = count(1)
    return "".join(
        f"${{{next(numbers)}:{_escaped(each.text)}}}" if isinstance(each, Blank) else _escaped(each)
        for each in pieces
    )


def _escaped(text: str) -> str:
    """What means something in a snippet."""
    return re.sub(r"[\\$}]", r"\\\g<0>", text)


def _version(session: Session, uri: str) -> int | None:
    found = session.documents.part(uri)
    return found[1].document.version if found else None


def overlap(one: Edits, other: Edits) -> bool:
    """Whether two sets of edits touch the same text."""
    return any(_touch(a.range, b.range) for uri in one if uri in other for a in one[uri] for b in other[uri])


def _touch(one: types.Range, other: types.Range) -> bool:
    def key(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return key(one.start) <= key(other.end) and key(other.start) <= key(one.end)
