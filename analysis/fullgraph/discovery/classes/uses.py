"""Who builds the models of a repository: in which file, for which other model, and whether somebody runs that.

The rule: a class that is named is built, except where the name says something of it alone, as a base, an
annotation or an `isinstance` does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...project.files import is_test
from ...python.syntax.names import dotted_name, last_name
from ...python.syntax.statements import Function, is_main_guard
from ..repository.index import Key, RepositoryIndex
from ..repository.parsed import ParsedFile
from .classes import Class

_SCRIPTS = re.compile(
    r"(^|[/\\])(hubconf|setup|conftest|test\w*|\w*_test|demo\w*|example\w*|train\w*|main|run\w*"
    r"|infer\w*|sample\w*|generate\w*|predict\w*|eval\w*|export\w*|convert\w*|onnx\w*|bench\w*)\.py$"
    r"|(^|[/\\])(tests?|examples?|scripts?|tools?|demos?|benchmarks?|notebooks?)[/\\]"
)


@dataclass(frozen=True, slots=True)
class Use:
    """A place that builds a model: `owner` is the model whose body does, None where no model's does.

    `within` says that it is built for another model, as in `Net(Encoder())`; `script`, that somebody runs it.
    """

    model: Key
    home: ParsedFile
    call: ast.Call
    owner: Key | None
    within: bool
    script: bool


def uses_in(
    home: ParsedFile, names: Collection[str], classes: Mapping[Key, Class], index: RepositoryIndex
) -> Iterator[Use]:
    """The places of a file that build one of the classes; `names` are theirs."""
    within = arguments_of_models(home)
    guarded = any(isinstance(each, ast.If) and is_main_guard(each.test) for each in home.tree.body)
    script = guarded or _SCRIPTS.search(index.below_root(home.file)) is not None
    owners = [each for each in home.definitions.values() if isinstance(each, ast.ClassDef)]
    for call, named in _mentions(home, names):
        found = index.definition_of(named, home)
        if found is None or found.key not in classes:
            continue
        owner = _around(named, owners)
        key = (home.file, owner.name) if owner else None
        own = classes.get(key) if key else None
        if call is None and (own is None or found.node in own.owners):
            continue
        top = owner is None and not _around(named, home.nodes.of(ast.FunctionDef))
        runs = script or top or _below_main_guard(named, home)
        built_for = own.key if own else None
        yield Use(found.key, home, call or ast.Call(named, [], []), built_for, id(named) in within, runs)


def run_by(uses: Iterable[Use]) -> str:
    """The file that a person would run to have the model built: a test before a script."""
    files = [use.home.file for use in uses if use.script and use.home.file.endswith(".py")]
    return min(files, key=lambda file: not is_test(file), default="")


def _mentions(home: ParsedFile, names: Collection[str]) -> Iterator[tuple[ast.Call | None, ast.expr]]:
    """The names of models in a file, each with the call of it where it is called.

    An annotation builds nothing: a wrapper that says which model it takes does not make that model a part.
    """
    called = {id(call.func): call for call in home.nodes.of(ast.Call)}
    others = {id(base) for each in home.nodes.of(ast.ClassDef) for base in each.bases} | _annotations(home)
    for node in (*home.nodes.of(ast.Name), *home.nodes.of(ast.Attribute)):
        if id(node) not in others and dotted_name(node).rpartition(".")[2] in names:
            yield called.get(id(node)), node


def _annotations(home: ParsedFile) -> set[int]:
    parameters = (each.annotation for each in home.nodes.of(ast.arg))
    declared = (each.annotation for each in home.nodes.of(ast.AnnAssign))
    return {id(node) for each in (*parameters, *declared) if each for node in ast.walk(each)}


def arguments_of_models(home: ParsedFile) -> frozenset[int]:
    """The functions of calls that stand in the arguments of a call with a capital letter: `Net(Encoder())`."""
    outer = (call for call in home.nodes.of(ast.Call) if last_name(call.func)[:1].isupper())
    arguments = (each for call in outer for each in (*call.args, *(each.value for each in call.keywords)))
    return frozenset(
        id(node.func) for each in arguments for node in ast.walk(each) if isinstance(node, ast.Call)
    )


def _around(
    node: ast.expr, owners: Collection[ast.ClassDef] | Collection[Function]
) -> ast.ClassDef | Function | None:
    held = (each for each in owners if each.lineno <= node.lineno <= (each.end_lineno or 0))
    return next(iter(held), None)


def _below_main_guard(node: ast.expr, home: ParsedFile) -> bool:
    guards = (each for each in home.tree.body if isinstance(each, ast.If) and is_main_guard(each.test))
    return any(each.lineno <= node.lineno <= (each.end_lineno or 0) for each in guards)
