"""Tables of numbers that Python has, asked by a number of the data: `t in self.special`, `self.mapping[i]`.

The keys and the values of a dict become tensors, and the place of a key is where it is equal. A key that has to be
there is checked to be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....python.syntax.assignments import assigned, assignments
from ....python.syntax.literals import is_number
from ....python.syntax.names import call_name, dotted_name, method_name
from ....python.syntax.precedence import owner
from ...edit.module import Code
from ...edit.naming import only_value
from ..scope import Scope
from ..value import CannotLiftError, Kind, Value, inverted, wider

_OWN = ("static", "parts", "fields")
_MAKING = ("set", "frozenset", "list", "tuple", "dict")


@dataclass(frozen=True)
class _Table:
    """`text` gives it, `kind` is that of its numbers: of a dict, of its values."""

    text: str
    kind: Kind
    is_dict: bool = False
    counts: bool = False  # all that is asked for in it are whole numbers

    @property
    def entries(self) -> str:
        """The text of its numbers as a list; of a dict, of its keys."""
        return self.text if self.text.startswith(("[", "(")) else f"list({self.text})"

    @property
    def values(self) -> str:
        return f"list({owner(self.text)}.values())"


def held(scope: Scope, node: ast.Compare) -> Value | None:
    """`t in (0, 2)`, `t not in self.special` of a number of the data."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
        return None
    wanted, whole = scope.of(node.left), scope.of(node.comparators[0])
    if not wanted.is_lifted or whole.kind not in _OWN or whole.holds_lifted:
        return None
    table = _table(scope, node.comparators[0])
    if table is None or not table.counts:
        raise CannotLiftError
    scope.demand(wanted)
    there = _is_in(scope, wanted, table)
    text = there if isinstance(node.ops[0], ast.In) else inverted(there)
    return Value(text, "bool", changed=True, roots=wanted.roots)


def found(scope: Scope, node: ast.expr) -> Value | None:
    """`self.mapping[i]`, `table[i]` at a place that the data says."""
    assert isinstance(node, ast.Subscript)
    if isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant) or scope.of(node.value).kind not in _OWN:
        return None
    index = scope.of(node.slice)
    table = _table(scope, node.value) if index.is_lifted else None
    if table is None:
        return None
    scope.demand(index)
    if not table.is_dict:
        text = f"{_as_tensor(scope, index, table.text, 'table', 'values')}[{_number(index)}]"
        return Value(text, table.kind, True, index.roots, cheap=False)  # a place that is not there raises
    if not table.counts:
        return None
    scope.check(_is_in(scope, index, table))
    return _at_key(scope, index, table)


def got(scope: Scope, call: ast.Call) -> Value | None:
    """`self.mapping.get(i, -1)`."""
    if method_name(call) != "get" or len(call.args) != 2 or call.keywords:
        return None
    key, default = scope.of(call.args[0]), scope.of(call.args[1])
    table = _table(scope, call.func.value) if key.is_lifted else None  # type: ignore[attr-defined]
    if table is None or not table.is_dict or not table.counts or not (default.python or default.is_lifted):
        return None
    scope.demand(key, default)
    there = _at_key(scope, key, table)
    if wider(there.type, default.type) != there.type:
        raise CannotLiftError
    text = f"{scope.torch}.where({_is_in(scope, key, table)}, {there.text}, {default.detached.text})"
    return Value(text, there.kind, changed=True, roots=key.roots | default.roots)


def _is_in(scope: Scope, key: Value, table: _Table) -> str:
    return (
        f"{scope.torch}.isin({_number(key)}, {_as_tensor(scope, key, table.entries, 'known', 'known_keys')})"
    )


def _at_key(scope: Scope, key: Value, table: _Table) -> Value:
    keys = _as_tensor(scope, key, table.entries, "known", "known_keys")
    values = _as_tensor(scope, key, table.values, "table", "values")
    place = f"({owner(_number(key))}.unsqueeze(-1) == {keys}).long().argmax(-1)"
    text = f"{values}[{place}]"
    return Value(text, table.kind, changed=True, roots=key.roots, exact=True)


def _number(key: Value) -> str:
    return key.detached.number if key.kind == "bool" else key.detached.text


def _as_tensor(scope: Scope, key: Value, numbers: str, *wanted: str) -> str:
    return scope.above_as(f"{scope.torch}.tensor({numbers}, device={_origin(scope, key)}.device)", *wanted)


def _origin(scope: Scope, key: Value) -> str:
    """The tensor that a number was taken from, where its text says."""
    node = key.tree
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    if not isinstance(node, ast.Name) or node.id == scope.torch:
        return key.detached.owner
    return owner(scope.over.get(node.id, node.id)).removesuffix(".detach()")


# -- which table it is -------------------------------------------------------------------------------


def _table(scope: Scope, node: ast.expr) -> _Table | None:
    made = _made(scope.code, node)
    text = scope.code.flat(node)
    if isinstance(made, ast.Dict):
        keys = [each for each in made.keys if each is not None]
        kind = _kind(made.values)
        whole = len(keys) == len(made.values) and _kind(keys) == "int"
        return _Table(text, kind, True, whole) if kind and keys else None
    if not isinstance(made, ast.List | ast.Tuple | ast.Set) or not made.elts:
        return None
    kind = _kind(made.elts)
    if kind is None:
        return None
    if made is node and isinstance(made, ast.Set):
        text = f"[{text[1:-1].strip()}]"
    return _Table(text, kind, counts=kind == "int")


def _kind(nodes: Sequence[ast.expr]) -> Kind | None:
    """What numbers are that are written there; None where they are of several types, or something else."""
    kinds = {_type_of(each) for each in nodes}
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    return kind or None  # type: ignore[return-value]


def _type_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return "bool"
    if not is_number(node):
        return ""
    return type(ast.literal_eval(node)).__name__


def _made(code: Code, node: ast.expr) -> ast.expr | None:
    """The display that a table is made by, where it is made once."""
    if (
        isinstance(node, ast.Call)
        and call_name(node) in _MAKING
        and len(node.args) == 1
        and not node.keywords
    ):
        return _made(code, node.args[0])
    if isinstance(node, ast.Name):
        local = only_value(code, node)
        given = [local] if local is not None else list(_given(code.tree.body, node.id))
    elif isinstance(node, ast.Attribute) and dotted_name(node) == f"self.{node.attr}":
        own = code.class_of(node)
        if own is None:
            return None
        given = [
            v
            for s in ast.walk(own)
            for target, v in assignments(s)
            if dotted_name(target) == f"self.{node.attr}"
        ]
        given += _given(own.body, node.attr)
    else:
        return node
    return _made(code, given[0]) if len(given) == 1 and not isinstance(given[0], ast.Name) else None


def _given(body: Sequence[ast.stmt], name: str) -> Iterator[ast.expr]:
    for each in body:
        told = assigned(each)
        if told is not None and told[0] == name and told[1] is not None:
            yield told[1]
