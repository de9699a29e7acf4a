"""The parameters of a function whose values a target says: pytest's fixtures, a helper's one caller.

Each is an expression of the module. It is evaluated when the function runs, as what it names (another function
of the file) may be defined below it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

SUPPLIED = "__fullgraph_supplied__"


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
