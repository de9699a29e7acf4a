"""The edits that declare a target: one that was found, one to be filled in, one with a dimension more.

The rule: what was found is declared in the file as it is on disk, and so only where the editor has the same text.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fullgraph.check.plan import CannotRun
from fullgraph.declare.declaration import Unwritable
from fullgraph.declare.free_dimension import freed
from fullgraph.declare.template import Template, template
from fullgraph.declare.texts import NewText, NotAdopted, adopt, with_made_inputs
from fullgraph.discovery.precedence import WRITTEN
from fullgraph.model import Edit, Expression, Place, Range, Target
from fullgraph.project import files
from fullgraph.text.source import SourceText

from ..lsp.convert import Encoding
from ..session.position_mapping import between
from ..session.results import Outline
from ..session.session import Session
from . import workspace_edits
from .workspace_edits import Edits

Dimension = tuple[str, int, str]
"""An input, the number of one of its dimensions, and what that is to be called."""


class NoInputsKnown(CannotRun):
    """What was found of a model is not enough to declare it: somebody has to say its inputs."""


def edits_for(session: Session, uri: str, name: str, encoding: Encoding) -> Edits:
    """Raises CannotRun with the reason where there is no such edit."""
    _, target = _known(session, uri, name)
    return _declared(session, _with_inputs(session, target), encoding)


def template_for(session: Session, uri: str, name: str) -> tuple[str, Template]:
    """The document, and the comment to fill in above a class.

    Raises:
        CannotRun: there is no such class.
    """
    file = session.documents.file_of(uri)
    module = session.documents.module_at(file)
    source = module.source if module else files.read_source(file)
    found = template(source, name) if isinstance(source, SourceText) else None
    if found is None:
        raise CannotRun(f"no class {name} in {Path(file).name}")
    return uri, found


def freed_edits(session: Session, uri: str, name: str, dimension: Dimension, encoding: Encoding) -> Edits:
    """A target with one more dynamic dimension; one that was only found is declared with it.

    Raises:
        CannotRun: it cannot be written, with the reason.
    """
    outline, target = _known(session, uri, name)
    completed = _with_inputs(session, target)
    shapes = completed.dynamic_shapes
    spec = freed(shapes.text if shapes else "", *dimension)
    if isinstance(spec, Unwritable):
        raise CannotRun(spec.message)
    if target.origin not in WRITTEN:
        place = shapes.place if shapes else target.place
        return _declared(session, replace(completed, dynamic_shapes=Expression(spec, place)), encoding)
    if target.origin != "comment":
        raise CannotRun(f"{name} is declared in {Path(target.model.place.file).name}: change it there")
    edits = workspace_edits.text_edits([_spec_edit(target, spec)], outline.texts, session, encoding)
    if edits is None:
        raise CannotRun(f"the text around {name} has changed")
    return edits


def _spec_edit(target: Target, spec: str) -> Edit:
    """Of a comment: its spec replaced, or one put behind what stands there last."""
    if target.dynamic_shapes:
        return Edit(target.dynamic_shapes.place, spec)
    parts = [part.place for part in (target.args, target.kwargs) if part]
    last = max(parts, key=lambda place: place.range.end)
    return Edit(Place(last.file, Range(last.range.end, last.range.end)), f", dynamic_shapes={spec}")


def _known(session: Session, uri: str, name: str) -> tuple[Outline, Target]:
    outline = session.outlines.get(session.documents.file_of(uri))
    for target in outline.targets if outline else ():
        if outline and target.name == name:
            return outline, target
    raise CannotRun(f"unknown target {name}: check the file again")


def _with_inputs(session: Session, target: Target) -> Target:
    """A guess with the inputs that its trace found.

    Raises:
        CannotRun: it was not traced, or none were found.
    """
    if target.origin != "inferred" or target.args is not None:
        return target
    traced = session.shown(target.found_in)
    checked = traced.of(target.name) if traced else None
    if checked is None or checked.facts.inferred is None:
        raise NoInputsKnown(f"no inputs are known for {target.name} yet: check it first")
    return with_made_inputs(target, checked.facts)


def _declared(session: Session, target: Target, encoding: Encoding) -> Edits:
    name = target.name
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
