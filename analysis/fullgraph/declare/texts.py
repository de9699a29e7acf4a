"""From targets that were found to targets that are written down: the new texts of the files concerned.

Nothing is written here. A text that comes back was read again, and has the targets that were to go into
it; whatever else stood in the file stands there unchanged, line ends included.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..discovery import discover
from ..discovery.precedence import WRITTEN
from ..model import Expression, Facts, Finding, Target
from ..project import files
from ..python.syntax.definitions import definitions
from ..text.source import SourceText, SyntaxProblem, parse_expression
from ..toml.document import read_toml
from .declaration import Unwritable, Written, comment, table, written
from .homes import Home, home_of_call, home_of_class

To = Literal["comment", "pyproject"]
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


@dataclass(frozen=True, slots=True)
class NewText:
    """What a file is to say. `targets` are the names of those that are written into it."""

    before: SourceText
    after: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAdopted:
    """A target that cannot be written down, and why."""

    target: Target
    message: str
    instead: To | None = None
    """Where it can be written down."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """The texts that declare the targets asked for, and the targets that no text can declare."""

    texts: tuple[NewText, ...] = ()
    refused: tuple[NotAdopted, ...] = ()


@dataclass(frozen=True, slots=True)
class _Insertion:
    target: Target
    line: int  # above which line; -1: at the end
    text: str
    module: str


def adopt(targets: Iterable[Target], to: To, *, strict: bool = False) -> Adopted:
    """The new texts for targets of one project; `strict` is what targets that say nothing of it are."""
    insertions: dict[str, list[_Insertion]] = {}
    refused: list[NotAdopted] = []
    for target in targets:
        if target.origin in WRITTEN:
            continue
        made = _insertion(target, to, strict)
        if isinstance(made, NotAdopted):
            refused.append(made)
            continue
        file, insertion = made
        insertions.setdefault(file, []).append(insertion)
    texts: list[NewText] = []
    for file, into in insertions.items():
        text = _new_text(file, into)
        if isinstance(text, NewText):
            texts.append(text)
        else:
            refused += [NotAdopted(each.target, text) for each in into]
    return Adopted(tuple(texts), tuple(refused))


def with_made_inputs(target: Target, facts: Facts) -> Target:
    """A guess with the inputs that were found for it; as it was where none were.

    Its dynamic dimensions are those that export left dynamic: of the others nobody would ask for more.
    """
    if facts.inferred is None:
        return target

    def said(text: str) -> Expression | None:
        return Expression(text, target.place) if text not in ("", "()", "{}") else None

    constant = {fate.source for fate in facts.dims if fate.outcome == "specialized"}
    shapes = _without(facts.inferred.dynamic_shapes, constant)
    return replace(
        _with_made_up(target, facts),
        args=Expression(facts.inferred.args, target.place),
        kwargs=said(facts.inferred.kwargs),
        dynamic_shapes=said(shapes),
    )


def _with_made_up(target: Target, facts: Facts) -> Target:
    """The model with the values that were found for what its constructor needs; as it was where one is missing."""
    values = {each.what: each.by for each in facts.assumed if each.kind == "number"}
    tree = parse_expression(target.model.text)
    if isinstance(tree, SyntaxProblem) or not target.made_up or values.keys() < _names(target):
        return target
    own = ast.parse(target.model.text, mode="eval")
    text = ast.unparse(_Filled({name: values[name] for name in _names(target)}).visit(own))
    return replace(target, model=replace(target.model, text=text), made_up=())


def _names(target: Target) -> frozenset[str]:
    return frozenset(each.name for each in target.made_up)


class _Filled(ast.NodeTransformer):
    """Puts texts in the place of names."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        text = self._values.get(node.id)
        return ast.parse(text, mode="eval").body if text else node


def _without(shapes: str, constant: Collection[str]) -> str:
    """`{"x": {0: Dim.AUTO, 1: Dim.AUTO}}` without those dimensions (`x.shape[1]`); empty where none is left."""
    tree = parse_expression(shapes)
    if isinstance(tree, SyntaxProblem) or not isinstance(tree.body, ast.Dict):
        return shapes
    for name, spec in zip(tree.body.keys, tree.body.values, strict=True):
        if isinstance(name, ast.Constant) and isinstance(spec, ast.Dict):
            kept = [
                (dim, auto)
                for dim, auto in zip(spec.keys, spec.values, strict=True)
                if not (isinstance(dim, ast.Constant) and f"{name.value!s}.shape[{dim.value!s}]" in constant)
            ]
            spec.keys, spec.values = [dim for dim, _ in kept], [auto for _, auto in kept]
    return ast.unparse(tree) if "Dim" in ast.unparse(tree) else ""


def _insertion(target: Target, to: To, strict: bool) -> tuple[str, _Insertion] | NotAdopted:
    said = written(target)
    if isinstance(said, Unwritable):
        return NotAdopted(target, said.message)
    return _as_table(target, said, strict) if to == "pyproject" else _as_comment(target, said, strict)


def _as_table(target: Target, said: Written, strict: bool) -> tuple[str, _Insertion] | NotAdopted:
    """For the module of the call; where that is none, or does something when imported, for that of the class."""
    home = _home_of_table(target, said)
    if isinstance(home, Unwritable):
        return NotAdopted(target, home.message)
    here = files.project_of(home.source.file)
    path = Path(os.path.relpath(home.source.file, here.root)).as_posix()
    return here.pyproject, _Insertion(target, -1, table(home.said, path, strict=strict), home.module)


def _home_of_table(target: Target, said: Written) -> Home | Unwritable:
    call = home_of_call(target, said)
    if isinstance(call, Home) or target.model_place is None or target.model_place.file == target.file:
        return call
    home = home_of_class(target, said)
    return home if isinstance(home, Home) else Unwritable(f"{call.message}, and {home.message}")


def _as_comment(target: Target, said: Written, strict: bool) -> tuple[str, _Insertion] | NotAdopted:
    """Above the class, in whichever file that is."""
    home = home_of_class(target, said)
    name = target.model_class.rpartition(".")[2]
    if isinstance(home, Unwritable) or not name:
        return _no_comment(target, said, home.message if isinstance(home, Unwritable) else "")
    found = [each for each in definitions(home.tree, home.source) if each.name == name and not each.inside]
    if not found:
        return _no_comment(target, said, f"{name} is not defined in {Path(home.source.file).name}")
    line = min(found[-1].tops)
    first = home.source.lines[line]
    indent = first[: len(first) - len(first.lstrip())]
    text = comment(home.said, indent, name, strict=strict)
    return home.source.file, _Insertion(target, line, text, home.module)


def _no_comment(target: Target, said: Written, why: str) -> NotAdopted:
    """A table stands for the module of the call, which may be one where the class cannot have a comment."""
    if isinstance(_home_of_table(target, said), Home):
        return NotAdopted(target, why or "nothing shows where its class is defined", "pyproject")
    return NotAdopted(target, why or "nothing shows where its class is defined")


def _new_text(file: str, into: Sequence[_Insertion]) -> NewText | str:
    """The text, or why there is none."""
    before = _read(file)
    if before is None:
        return f"{file} cannot be read"
    after = _appended(before, into) if file.endswith(".toml") else _inserted(before, into)
    problem = _problem(before, after, into)
    return problem or NewText(before, after, tuple(each.target.name for each in into))


def _read(file: str) -> SourceText | None:
    here = files.project_of(file)
    source = files.read_pyproject(here) if file == here.pyproject else files.read_source(file)
    return source if isinstance(source, SourceText) else None


def _inserted(before: SourceText, into: Sequence[_Insertion]) -> str:
    lines = _LINE.findall(before.text)
    end = _line_end(before)
    for each in sorted(into, key=lambda insertion: insertion.line, reverse=True):
        lines.insert(each.line, each.text.replace("\n", end) + end)
    return "".join(lines)


def _appended(before: SourceText, into: Sequence[_Insertion]) -> str:
    end = _line_end(before)
    text = before.text
    if text and not text.endswith(("\n", "\r")):
        text += end
    for each in into:
        text += (end if text else "") + each.text.replace("\n", end)
    return text


def _line_end(source: SourceText) -> str:
    match = re.search(r"\r\n|\r|\n", source.text)
    return match[0] if match else "\n"


def _problem(before: SourceText, after: str, into: Sequence[_Insertion]) -> str:
    """Why the new text does not say what it should."""
    new = SourceText(before.file, after)
    if before.file.endswith(".toml"):
        read = read_toml(new)
        return read.message if isinstance(read, Finding) else ""
    module = into[0].module
    old, now = (discover(source, module, named=True) for source in (before, new))
    added = sum(t.origin == "comment" for t in now.targets) - sum(t.origin == "comment" for t in old.targets)
    return "" if added == len(into) else "the comment would not declare this target"
