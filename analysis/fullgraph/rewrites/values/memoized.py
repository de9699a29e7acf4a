"""What a dict of the model's remembers by a size, computed in place each time.

    if n not in self.tables:
        self.tables[n] = make(n)      ->    return make(n)
    return self.tables[n]

The rule: what is remembered follows from the key alone, and nobody else asks what the dict holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from ...model import Edit
from ...python.binding.scopes import bound, parameters
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import dotted_name, last_name, last_part, names_in
from ...python.syntax.statements import Function
from ..edit.lines import has_comment, take_out
from ..edit.module import Code
from ..edit.naming import free_name, only_value

_RANDOM = ("rand", "normal", "dropout", "bernoulli", "uniform", "empty", "shuffle", "multinomial")
_OF_ANY_CALL = ("device", "dtype")


@dataclass(frozen=True)
class _Filling:
    """`if key not in table: table[key] = value`."""

    node: ast.If
    table: ast.expr
    key: ast.expr
    value: ast.expr

    def is_entry(self, node: ast.AST | None) -> TypeGuard[ast.Subscript]:
        """Whether it is `table[key]`, be it read or written."""
        if not isinstance(node, ast.Subscript) or ast.dump(node.value) != ast.dump(self.table):
            return False
        return ast.dump(node.slice) == ast.dump(self.key)


def in_place(code: Code, asked: ast.expr) -> tuple[Edit, ...]:
    """The edits for `key not in table`, at the `if` that fills it; none where it is another form."""
    function, filling = code.function_of(asked), _filling(code, asked)
    if function is None or filling is None or not _is_own(code, function, filling):
        return ()
    if not _follows(code, function, filling.value, filling.key) or _may_differ(code, filling.value):
        return ()
    block = code.block_of(filling.node)
    after = {n for each in block[block.index(filling.node) + 1 :] for n in ast.walk(each)}
    entries = (n for n in ast.walk(function) if filling.is_entry(n))
    loads = [n for n in entries if isinstance(n.ctx, ast.Load)]
    return tuple(_edits(code, filling, loads)) if loads and after.issuperset(loads) else ()


def _filling(code: Code, asked: ast.expr) -> _Filling | None:
    node = code.parents.get(asked)
    is_asked = isinstance(asked, ast.Compare) and len(asked.ops) == 1 and isinstance(asked.ops[0], ast.NotIn)
    if not isinstance(asked, ast.Compare) or not is_asked or not isinstance(node, ast.If):
        return None
    store = node.body[0]
    alone = len(node.body) == 1 and not node.orelse and not code.is_elif(node)
    if not alone or not isinstance(store, ast.Assign) or has_comment(code, node):
        return None
    filling = _Filling(node, asked.comparators[0], asked.left, store.value)
    return filling if len(store.targets) == 1 and filling.is_entry(store.targets[0]) else None


def _edits(code: Code, filling: _Filling, loads: list[ast.Subscript]) -> Iterator[Edit]:
    node, value = filling.node, filling.value
    block = code.block_of(node)
    following = block[block.index(node) + 1]
    if len(loads) == 1 and isinstance(following, ast.Return) and following.value is loads[0]:
        gone = take_out(code, node)
        if gone is not None:
            yield gone
            yield code.replaced(loads[0], code.flat(value))
    else:
        name = free_name(code, node, "made", "table")
        yield code.replaced(node, f"{name} = {code.text(value)}")
        yield from (code.replaced(each, name) for each in loads)
    yield from _unneeded_key(code, node, filling.key)


def _unneeded_key(code: Code, filling: ast.If, key: ast.expr) -> Iterator[Edit]:
    """The name of the key, where nothing else reads it."""
    function = code.function_of(filling)
    if not isinstance(key, ast.Name) or function is None:
        return
    given = list(assignments_to(key.id, [function]))
    known = isinstance(only_value(code, key), ast.Tuple) and len(given) == 1
    entry = (ast.Subscript, ast.Compare)
    reads = (n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == key.id)
    others = [n for n in reads if isinstance(n.ctx, ast.Load) and not isinstance(code.parents.get(n), entry)]
    if known and not others and (edit := take_out(code, given[0])) is not None:
        yield edit


def _is_own(code: Code, function: Function, filling: _Filling) -> bool:
    """Whether a dict begins empty, and only this function asks for it, by this key."""
    name = last_part(dotted_name(filling.table))
    if not name or any(isinstance(n, ast.Constant) and n.value == name for n in ast.walk(code.tree)):
        return False
    uses = (n for n in ast.walk(code.tree) if isinstance(n, (ast.Attribute, ast.Name)))
    made, asking = list[ast.expr | None](), list[ast.AST | None]()
    for use in (n for n in uses if last_name(n) == name):
        up = code.parents.get(use)
        if isinstance(up, (ast.Assign, ast.AnnAssign)) and up.value is not use:
            made.append(up.value)
        elif code.function_of(use) is function and (isinstance(up, ast.Compare) or filling.is_entry(up)):
            asking.append(up)
        else:
            return False
    stored = [up for up in asking if isinstance(up, ast.Subscript) and not isinstance(up.ctx, ast.Load)]
    return len(made) == len(stored) == 1 and _is_empty(made[0])


def _may_differ(code: Code, value: ast.expr) -> bool:
    """Whether a value, or what a function of the file gives for it, may be another one each time."""
    functions = [n for n in ast.walk(code.tree) if isinstance(n, Function)]
    pending, known = list[ast.AST]([value]), set[str]()
    while pending:
        node = pending.pop()
        if any(each in ast.unparse(node) for each in _RANDOM):
            return True
        called = {last_name(n) for n in ast.walk(node) if isinstance(n, ast.Call)} - known
        pending += [each for each in functions if each.name in called]
        known |= called
    return False


def _is_empty(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Dict) and not value.keys


def _follows(code: Code, function: Function, value: ast.expr, key: ast.expr) -> bool:
    """Whether a value is made of the key, the model and what the file defines; of a device and dtype, too."""
    whole = only_value(code, key) if isinstance(key, ast.Name) else key
    known = names_in(key) | (names_in(whole) if whole is not None else frozenset())
    parts = {ast.dump(n) for n in (whole.elts if isinstance(whole, ast.Tuple) else [key])}
    own = {name for name, _ in parameters(function.args)} | bound(function.body)
    free = own - {"self"}
    tensors = {
        n.value.id
        for n in ast.walk(whole or key)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }
    for node in ast.walk(value):
        if not isinstance(node, ast.Name) or node.id not in free:
            continue
        up = code.parents.get(node)
        told = isinstance(up, ast.Attribute) and (up.attr in _OF_ANY_CALL or ast.dump(up) in parts)
        if not told and (node.id not in known or node.id in tensors):
            return False
    return True
