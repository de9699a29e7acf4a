"""Columns on Pythons that keep none: 3.10, and any run with `-X no_debug_ranges`.

The bytecode of these knows lines only. So the tree is compiled once more with every node on a line of
its own; the same instruction of that twin then names the node it belongs to.
"""

from __future__ import annotations

import ast
import copy
import dis
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

_SILENT = {"NOP", "EXTENDED_ARG", "CACHE"}  # whether these are there depends on line numbers and jumps


def node_at(code: CodeType, instruction: int, tree: ast.AST) -> ast.expr | None:
    """The expression that the instruction at byte offset `instruction` of `code` evaluates.

    None where the tree was not the source of `code`, or the instruction belongs to no expression.
    """
    twin = _twins(_Tree(tree)).get(_identity(code))
    if twin is None:
        return None
    ours, theirs = _instructions(code), _instructions(twin.code)
    if [i.opcode for i in ours] != [i.opcode for i in theirs]:
        return None
    index = next((n for n, i in enumerate(ours) if i.offset >= instruction), None)
    if index is None:
        return None
    line = dict(_lines(twin.code)).get(theirs[index].offset)
    node = twin.nodes.get(line) if line is not None else None
    if theirs[index].opname.startswith(("CALL", "PRECALL")):
        # The compiler gives the call of a method the line of the method's name.
        node = twin.methods.get(node, node) if node is not None else None
    return node if isinstance(node, ast.expr) else None


class _Tree:
    """A tree as a key of a cache: by identity."""

    def __init__(self, tree: ast.AST) -> None:
        self.tree = tree

    def __hash__(self) -> int:
        return id(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tree) and other.tree is self.tree


class _Twin:
    """`nodes` are those of the original by their line here, `methods` the calls by what they call."""

    def __init__(self, code: CodeType, nodes: dict[int, ast.AST], methods: dict[ast.AST, ast.AST]) -> None:
        self.code = code
        self.nodes = nodes
        self.methods = methods


@lru_cache(maxsize=64)
def _twins(key: _Tree) -> dict[tuple[str, int, int], _Twin]:
    mode = "eval" if isinstance(key.tree, ast.Expression) else "exec"
    spread = copy.deepcopy(key.tree)
    nodes: dict[int, ast.AST] = {}
    for number, (original, node) in enumerate(zip(ast.walk(key.tree), ast.walk(spread), strict=True), 1):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = number  # type: ignore[attr-defined]
            # A node that spans lines may end before the column it begins at, which no single line can.
            node.col_offset, node.end_col_offset = 0, 1  # type: ignore[attr-defined]
            nodes[number] = original
    plain = compile(key.tree, "<plain>", mode, dont_inherit=True)  # type: ignore[call-overload]
    twin = compile(spread, "<spread>", mode, dont_inherit=True)  # type: ignore[call-overload]
    pairs = zip(_codes(plain), _codes(twin), strict=True)
    calls = (node for node in nodes.values() if isinstance(node, ast.Call))
    methods: dict[ast.AST, ast.AST] = {c.func: c for c in calls if isinstance(c.func, ast.Attribute)}
    return {_identity(ours): _Twin(theirs, nodes, methods) for ours, theirs in pairs}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _identity(code: CodeType) -> tuple[str, int, int]:
    return code.co_name, code.co_firstlineno, hash(code.co_code)


def _instructions(code: CodeType) -> list[dis.Instruction]:
    return [i for i in dis.get_instructions(code) if i.opname not in _SILENT]


def _lines(code: CodeType) -> Iterator[tuple[int, int | None]]:
    for start, end, line in code.co_lines():
        yield from ((offset, line) for offset in range(start, end, 2))
