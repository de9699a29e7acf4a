"""What a dict of the model's remembers by a size, computed in place each time.

    if n not in self.tables:
        self.tables[n] = make(n)      ->    return make(n)
    return self.tables[n]

The rule: what is remembered follows from the key alone, and nobody else asks what the dict holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.scopes import bound, parameters
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import dotted_name, last_name, names_in
from ...python.syntax.statements import Function
from ..edit.lines import has_comment, take_out
from ..edit.module import Code
from ..edit.naming import free_name, only_value

_RANDOM = ("rand", "normal", "dropout", "bernoulli", "uniform", "empty", "shuffle", "multinomial")
_OF_ANY_CALL = ("device", "dtype")


def in_place(code: Code, asked: ast.expr) -> tuple[Edit, ...]:
    """The edits for `key not in owner`, at the `if` that fills it; none where it is another form."""
    filling, function = code.statement_of(asked), code.function_of(asked)
    is_asked = isinstance(asked, ast.Compare) and len(asked.ops) == 1 and isinstance(asked.ops[0], ast.NotIn)
    if (
        not is_asked
        or not isinstance(asked, ast.Compare)
        or not isinstance(filling, ast.If)
        or function is None
    ):
        return ()
    store = filling.body[0]
    plain = (
        filling.test is asked and len(filling.body) == 1 and not filling.orelse and not code.is_elif(filling)
    )
    if (
        not plain
        or not isinstance(store, ast.Assign)
        or len(store.targets) != 1
        or has_comment(code, filling)
    ):
        return ()
    key, owner = asked.left, asked.comparators[0]
    entry = ast.dump(ast.Subscript(owner, key, ast.Load()))
    target = store.targets[0]
    is_store = isinstance(target, ast.Subscript) and ast.dump(target.value) == ast.dump(owner)
    if not is_store or ast.dump(target.slice) != ast.dump(key) or not _is_own(code, function, asked, entry):  # type: ignore[attr-defined]
        return ()
    if not _follows(code, function, store.value, key) or any(
        each in code.text(store.value) for each in _RANDOM
    ):
        return ()
    block = code.block_of(filling)
    loads = [n for n in ast.walk(function) if isinstance(n, ast.Subscript) and ast.dump(n) == entry]
    after = {n for each in block[block.index(filling) + 1 :] for n in ast.walk(each)}
    if not loads or not after.issuperset(loads):
        return ()
    return tuple(_edits(code, filling, store.value, key, loads))


def _edits(
    code: Code, filling: ast.If, value: ast.expr, key: ast.expr, loads: list[ast.Subscript]
) -> Iterator[Edit]:
    block = code.block_of(filling)
    following = block[block.index(filling) + 1]
    if len(loads) == 1 and isinstance(following, ast.Return) and following.value is loads[0]:
        gone = take_out(code, filling)
        if gone is not None:
            yield gone
            yield code.replaced(loads[0], code.flat(value))
    else:
        name = free_name(code, filling, "made", "table")
        yield code.replaced(filling, f"{name} = {code.text(value)}")
        yield from (code.replaced(each, name) for each in loads)
    yield from _unneeded_key(code, filling, key)


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


def _is_own(code: Code, function: Function, asked: ast.Compare, entry: str) -> bool:
    """Whether a dict begins empty, and only this function asks for it, by this key."""
    name = dotted_name(asked.comparators[0])
    made, stored, last = 0, 0, name.rpartition(".")[2]
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Constant) and node.value == last:
            return False
        is_it = (isinstance(node, ast.Attribute) and node.attr == last) or (
            isinstance(node, ast.Name) and node.id == last
        )
        if not is_it:
            continue
        up = code.parents.get(node)
        if isinstance(up, (ast.Assign, ast.AnnAssign)) and up.value is not node:
            made += 1
            if not _is_empty(up.value):
                return False
        elif (
            code.function_of(node) is not function
            or not isinstance(up, (ast.Subscript, ast.Compare))
            or (
                isinstance(up, ast.Subscript)
                and ast.dump(ast.Subscript(up.value, up.slice, ast.Load())) != entry
            )
        ):
            return False
        elif isinstance(up, ast.Subscript):
            stored += not isinstance(up.ctx, ast.Load)
    return bool(name) and made == 1 and stored == 1


def _is_random(code: Code, value: ast.expr) -> bool:
    """Whether a value, or a function of the file that makes it, may be another one each time."""
    called = {last_name(n) for n in ast.walk(value) if isinstance(n, ast.Call)}
    made = [n for n in ast.walk(code.tree) if isinstance(n, ast.FunctionDef) and n.name in called]
    return any(each in ast.unparse(node) for node in (value, *made) for each in _RANDOM)


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
