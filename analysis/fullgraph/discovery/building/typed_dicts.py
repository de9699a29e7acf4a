"""Dicts of Python files that say what to build: `model = dict(type="Net", width=8)` for `Net(width=8)`.

As configurations of registries are written. A dict in one of them stays a dict: the class builds what it says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from copy import deepcopy

from ...python.binding.constant_folding import ConstantFolder
from ..classes.classes import Class
from ..finder import Module
from ..repository.parsed import ParsedFile
from ..repository.registrations import KINDS, items_of
from .registered import Registered
from .way import Construction, sliced


def find(model: Class, module: Module) -> Iterator[Construction]:
    """Those whose values the text tells; of a class that is registered."""
    names = Registered(model, module).names
    if not names:
        return
    said = re.compile(rf"""["']({"|".join(map(re.escape, sorted(names)))})["']""")
    for home in module.index.mentioning(lambda text: said.search(text) is not None):
        for node in (*home.nodes.of(ast.Dict), *home.nodes.calls("dict")):
            items = items_of(node)
            kind = next((v for k, v in items if k in KINDS and isinstance(v, ast.Constant)), None)
            if kind is not None and kind.value in names:
                text = _folded(model.name, [(k, v) for k, v in items if v is not kind], node, home)
                here = sliced(module.parsed, model.name, module) if text else None
                if text and here:
                    place = home.source.place(home.source.range_of(node))
                    yield Construction(text, module.parsed, model.node, here.slice, place=place)


def _folded(name: str, items: list[tuple[str, ast.expr]], node: ast.expr, home: ParsedFile) -> str | None:
    """The call with these arguments, where constants tell them."""
    if not all(key.isidentifier() for key, _ in items):
        return None
    given = [ast.keyword(key, _Displayed().visit(deepcopy(value))) for key, value in items]
    call = ast.Call(ast.Name(name, ast.Load()), [], given)
    text = home.text_abroad
    known = ConstantFolder(text, text.around(node)).call(ast.copy_location(call, node))
    if known is None:
        return None
    return ast.unparse(ast.Call(ast.Name(name, ast.Load()), known.args, known.keywords))


class _Displayed(ast.NodeTransformer):
    """`{"a": 1}` of `dict(a=1)`."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        items = items_of(node)
        if not items or len(items) != len(node.keywords):
            return node
        keys: list[ast.expr | None] = [ast.Constant(key) for key, _ in items]
        return ast.copy_location(ast.Dict(keys, [value for _, value in items]), node)
