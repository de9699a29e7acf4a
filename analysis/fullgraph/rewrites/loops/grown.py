"""What a loop makes longer each round, and how long it is where the loop was left.

    tokens.append(token)                       a list, which becomes one tensor below the loop
    ids = torch.cat([ids, token], dim=1)       a tensor, which may be used anywhere below it

The rule: what a round adds stands at the end, so that the first part of the whole is what there was before.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...python.syntax.assignments import assigned
from ...python.syntax.names import call_name, is_name, names_in
from ..edit.module import Code
from .rows.lists import LISTED
from .rows.outcomes import appended

_CAT = ("cat", "concat", "concatenate")


@dataclass(frozen=True)
class Grown:
    """`size` is the text of how long it is, `dim` the dimension that grows: -1 for the last one.

    `kept` is the part of a tensor that a round joins to: `ids[beams]` of `torch.cat([ids[beams], token], 1)`.
    `joined` are the calls that make one tensor of a list, `needs_one` what they say of an empty one.
    """

    name: str
    statement: ast.stmt
    size: str
    dim: int
    kept: ast.expr | None = None
    joined: tuple[ast.Call, ...] = ()
    needs_one: str = ""

    @property
    def cut(self) -> str:
        """The index of its first part, with `{}` for the length."""
        return "[..., :{}]" if self.dim < 0 else f"[{':, ' * self.dim}:{{}}]"


def grown_tensor(statement: ast.stmt, torch: str) -> Grown | None:
    """`ids = torch.cat([ids, token], dim=1)`; None of any other statement."""
    name, value = assigned(statement) or ("", None)
    if not isinstance(value, ast.Call) or call_name(value).removeprefix(f"{torch}.") not in _CAT:
        return None
    parts = value.args[0].elts if value.args and isinstance(value.args[0], (ast.List, ast.Tuple)) else []
    dim = _dim(value)
    if len(parts) < 2 or dim is None or name not in names_in(parts[0]):
        return None
    kept = None if is_name(parts[0], name) else parts[0]
    return Grown(name, statement, f"{name}.shape[{dim}]", dim, kept)


def grown_list(code: Code, loop: ast.For | ast.While, statement: ast.stmt, torch: str) -> Grown | None:
    """`tokens.append(token)`, where nothing but one tensor is made of the list below the loop."""
    name, scope = appended(statement), code.scope_of(loop)
    inside = set(ast.walk(loop))
    uses = [n for n in ast.walk(scope) if is_name(n, name)] if name else []
    made = [value for each in uses if (value := _made(code, each)) is not None]
    calls = [code.parents.get(n) for n in uses if n not in inside and isinstance(n.ctx, ast.Load)]
    joined = [call for call in calls if isinstance(call, ast.Call) and _is_joined(call, name, torch)]
    stores = sum(not isinstance(n.ctx, ast.Load) for n in uses)
    if not joined or len(joined) != len(calls) or len(made) != 1 or stores != 1 or made[0] in inside:
        return None
    kinds = {(call_name(each).rpartition(".")[2], _dim(each)) for each in joined}
    kind, dim = next(iter(kinds))
    if len(kinds) > 1 or dim is None:
        return None
    size = f"sum(each.shape[{dim}] for each in {name})" if kind in _CAT else f"len({name})"
    needs_one = "" if made[0].elts or kind in LISTED else f"torch.{kind} of no {name}"
    return Grown(name, statement, size, dim, None, tuple(joined), needs_one)


def _made(code: Code, name: ast.Name) -> ast.List | None:
    """The list that a name is given, `[]` of `words, scores = [], []`."""
    up = code.parents.get(name)
    statement = code.parents.get(up) if isinstance(up, ast.Tuple) else up
    if isinstance(name.ctx, ast.Load) or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    value: ast.expr | None = statement.value
    if isinstance(up, ast.Tuple):
        same = isinstance(value, ast.Tuple) and len(value.elts) == len(up.elts)
        value = value.elts[up.elts.index(name)] if isinstance(value, ast.Tuple) and same else None
    return value if isinstance(value, ast.List) else None


def _is_joined(call: ast.Call, name: str, torch: str) -> bool:
    made = call_name(call).removeprefix(f"{torch}.")
    return bool(call.args) and is_name(call.args[0], name) and made in ("stack", *_CAT, *LISTED)


def _dim(call: ast.Call) -> int | None:
    """The dimension that tensors are joined along; None where it is none that can be written as an index."""
    if call_name(call).rpartition(".")[2] in LISTED:
        return 0
    said: Sequence[ast.expr] = [*call.args[1:], *(k.value for k in call.keywords if k.arg in ("dim", "axis"))]
    if not said:
        return None if call.keywords else 0
    text = ast.unparse(said[0])
    known = len(said) == 1 and len(call.keywords) + len(call.args) == 2 and text in ("-1", "0", "1", "2", "3")
    return int(text) if known else None
