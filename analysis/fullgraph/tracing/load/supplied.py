"""The names whose values a target says: parameters (pytest's fixtures, a helper's one caller), and variables of loops.

A parameter's value is an expression of the module. It is evaluated when the function runs, as what it names (another
function of the file) may be defined below it. What another file defines, a fixture of `conftest.py`, is asked of that
file, of which a slice is run when it is first asked. A loop runs one round, with an expression of where it stands.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ...model import FixtureFile

SUPPLIED = "__fullgraph_supplied__"
FIXTURES = "__fullgraph_fixtures__"
"""By this name, the files of fixtures; `discovery/inputs/fixtures.py` writes it."""


def put(
    function: ast.FunctionDef, supplied: Sequence[tuple[str, str]], module: ModuleType, file: str
) -> None:
    """The function's first statements give the parameters their values; its places stay as they are."""
    vars(module)[SUPPLIED] = _evaluation(function, dict(supplied), module, file)
    statements = [
        ast.Assign(
            [ast.Name(name, ast.Store())],
            ast.Call(ast.Name(SUPPLIED, ast.Load()), [ast.Constant(name)], []),
        )
        for name, _ in supplied
    ]
    for node in (node for each in statements for node in ast.walk(each)):
        _place_at_start(node, function)
    function.body[:0] = statements


def put_fixtures(files: Sequence[FixtureFile], module: ModuleType) -> None:
    """What values may ask of other files."""
    if files:
        vars(module)[FIXTURES] = _Fixtures(files)


class _Fixtures(dict[str, ModuleType]):
    def __init__(self, files: Sequence[FixtureFile]) -> None:
        super().__init__()
        self._files = {each.file: each for each in files}

    def __missing__(self, file: str) -> ModuleType:
        said = self._files[file]
        made = self[file] = ModuleType(said.module)
        made.__file__, made.__package__ = file, said.module.rpartition(".")[0]
        # As pytest has it, which imports a `conftest.py` from its own folder.
        sys.path.append(str(Path(file).parent))
        exec(compile(said.text, file, "exec", dont_inherit=True), vars(made))  # noqa: S102 (the user's own code)
        return made


def put_in_loops(loops: Sequence[ast.For], supplied: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Of the loops that have all their variables supplied, the round with those values; returns the variables."""
    texts, done = dict(supplied), set()
    for loop in loops:
        names = [each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
        if names and all(name in texts for name in names):
            header = loop.iter
            values = ast.parse(f"[{ast.unparse(loop.target)}]", mode="eval").body
            loop.iter = _Substituted(texts).visit(values)
            for node in ast.walk(loop.iter):
                if isinstance(node, (ast.expr, ast.keyword)):
                    ast.copy_location(node, header)
            done |= set(names)
    return frozenset(done)


class _Substituted(ast.NodeTransformer):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.parse(self._texts[node.id], mode="eval").body


def _evaluation(
    function: ast.FunctionDef, texts: dict[str, str], module: ModuleType, file: str
) -> Callable[[str], Any]:
    def value(name: str) -> Any:
        tree = ast.parse(texts[name], mode="eval")
        for node in ast.walk(tree):
            _place_at_start(node, function)
        return eval(compile(tree, file, "eval", dont_inherit=True), vars(module))  # noqa: S307 (the user's own code)

    return value


def _place_at_start(node: ast.AST, function: ast.FunctionDef) -> None:
    if isinstance(node, (ast.stmt, ast.expr, ast.keyword)):
        node.lineno = node.end_lineno = function.lineno
        node.col_offset = node.end_col_offset = function.col_offset
