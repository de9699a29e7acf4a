"""The edit that declares a discovered target.

The rule: it is computed for the file on disk, and so offered only where the editor has the same text.
"""

from __future__ import annotations

from fullgraph.check.plan import CannotRun
from fullgraph.declare.texts import NewText, NotAdopted, adopt
from fullgraph.discovery.precedence import WRITTEN
from fullgraph.model import Edit, Place, Range, Target
from fullgraph.project import files
from fullgraph.text.source import SourceText

from ..lsp.convert import Encoding
from ..session.position_mapping import between
from ..session.session import Session
from . import workspace_edits
from .workspace_edits import Edits


def edits_for(session: Session, uri: str, name: str, encoding: Encoding) -> Edits:
    """Raises CannotRun with the reason where there is no such edit."""
    file = session.documents.file_of(uri)
    outline = session.outlines.get(file)
    target = next((t for t in outline.targets if t.name == name), None) if outline else None
    if target is None:
        raise CannotRun(f"unknown target {name}")
    if (why := _why_not(session, target)) is not None:
        raise CannotRun(why)
    adopted = adopt([target], "comment", strict=target.strict)
    if adopted.refused or not adopted.texts:
        raise CannotRun(_said(adopted.refused[0]) if adopted.refused else f"cannot declare {name}")
    text = adopted.texts[0]
    edits = workspace_edits.text_edits(_edits(text), {text.before.file: text.before}, session, encoding)
    if edits is None:
        raise CannotRun(f"the text around {name} has changed")
    return edits


def _said(refused: NotAdopted) -> str:
    return f"{refused.message}; declare it in pyproject.toml" if refused.instead else refused.message


def _why_not(session: Session, target: Target) -> str | None:
    if target.origin in WRITTEN:
        return f"{target.name} is already declared"
    module, saved = session.documents.module_at(target.file), files.read_source(target.file)
    same = module is None or (isinstance(saved, SourceText) and saved.normal == module.source.normal)
    return None if same else "save the file first"


def _edits(text: NewText) -> list[Edit]:
    after = SourceText(text.before.file, text.after)
    moves = between(text.before, after)
    return [
        Edit(
            Place(text.before.file, Range(text.before.position_at(h.start), text.before.position_at(h.end))),
            after.normal[h.new_start : h.new_end],
        )
        for h in moves.hunks
    ]
