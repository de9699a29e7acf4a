"""How a class is built, by the text: without arguments, or as somebody builds it with constants."""

from __future__ import annotations

import ast

from .classes import Class
from .nodes import Nodes
from .way import Module


def construction(model: Class, module: Module) -> str | None:
    """`Net()` where no argument is needed, else the first call of it whose arguments are constants.

    Calls in the same file come before those in others.
    """
    if not model.required():
        return f"{model.name}()"
    here = constructions(model.name, module.nodes)
    return next(iter(here or module.constructed_elsewhere(model.name)), None)


def constructions(name: str, nodes: Nodes) -> list[str]:
    """The calls `Net(3, hidden=64)` in a tree, all of whose arguments are constants, in its order."""
    given = (
        call
        for call in nodes.calls(name)
        if (call.args or call.keywords) and all(map(_is_constant, _values(call)))
    )
    texts = (ast.unparse(ast.Call(ast.Name(name, ast.Load()), call.args, call.keywords)) for call in given)
    return list(dict.fromkeys(texts))


def _values(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
