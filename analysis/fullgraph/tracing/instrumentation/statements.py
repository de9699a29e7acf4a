"""Statements that ask for a value: branches, loops, `match`, `return`."""

from __future__ import annotations

import ast
from typing import TypeVar

from .walk import Rewriting, Walk

_Loop = TypeVar("_Loop", ast.For, ast.AsyncFor)


def _if(walk: Walk, node: ast.If) -> ast.If:
    # A loop, because a chain of `elif` is as deep a tree as it is long.
    branch = node
    while True:
        branch.test = walk.tested(branch.test, "if")
        branch.body = walk.each(branch.body)
        if len(branch.orelse) != 1 or not isinstance(branch.orelse[0], ast.If):
            break
        branch = branch.orelse[0]
    branch.orelse = walk.each(branch.orelse)
    return node


def _while(walk: Walk, node: ast.While) -> ast.While:
    node.test = walk.tested(node.test, "while")
    node.body = walk.each(node.body)
    node.orelse = walk.each(node.orelse)
    return node


def _assert(walk: Walk, node: ast.Assert) -> ast.Assert:
    node.test = walk.tested(node.test, "assert")
    node.msg = walk.maybe(node.msg)
    return node


def _loop(walk: Walk, node: _Loop) -> _Loop:
    node.target = walk.value(node.target)
    node.iter = walk.value(node.iter, "for")
    node.body = walk.each(node.body)
    node.orelse = walk.each(node.orelse)
    return node


def _comprehension(walk: Walk, node: ast.comprehension) -> ast.comprehension:
    node.target = walk.value(node.target)
    node.iter = walk.value(node.iter, "for")
    node.ifs = [walk.tested(condition, "comprehension") for condition in node.ifs]
    return node


def _match(walk: Walk, node: ast.Match) -> ast.Match:
    node.subject = walk.value(node.subject, "match")
    node.cases = walk.each(node.cases)
    return node


def _case(walk: Walk, node: ast.match_case) -> ast.match_case:
    node.guard = node.guard and walk.tested(node.guard, "match")
    node.body = walk.each(node.body)
    return node


def _return(walk: Walk, node: ast.Return) -> ast.Return:
    node.value = node.value and walk.value(node.value, "return")
    return node


NODES: dict[type[ast.AST], Rewriting] = {
    ast.If: _if,
    ast.While: _while,
    ast.Assert: _assert,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.comprehension: _comprehension,
    ast.Match: _match,
    ast.match_case: _case,
    ast.Return: _return,
}
