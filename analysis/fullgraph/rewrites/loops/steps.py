"""What a loop over a tensor takes from it each round, and what it collects in lists.

    for step in x: …                      each round is given `x[i]`
    for t in range(x.shape[1]): … x[:, t] … the same, of the dimension that `t` counts

The rule: a loop that uses its counter for anything but one step of a tensor is not such a loop, and a list
that is looked at before it is stacked is not collected.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...model import Edit
from ...python.syntax import precedence
from ...python.syntax.literals import is_whole_slice
from ...python.syntax.names import call_name
from ...python.syntax.statements import Function
from ..edit.module import Code
from ..edit.naming import free_name

_JOINING = ("stack", "cat")


@dataclass(frozen=True)
class Steps:
    """`names` are those of one round's parts, `over` the tensors that they are parts of, as text.

    `uses` are the expressions in the body that become one of the names.
    """

    names: tuple[str, ...]
    over: tuple[str, ...]
    uses: tuple[tuple[ast.Subscript, str], ...] = ()
    read: frozenset[str] = field(default=frozenset())

    def edits(self, code: Code) -> Iterator[Edit]:
        return (code.replaced(use, name) for use, name in self.uses)

    def replaced(self, code: Code, value: ast.expr) -> str:
        """The text of an expression of the body, with the names in it."""
        return code.flat_with(value, dict(self.uses))


def steps_of(code: Code, function: Function, loop: ast.For) -> Steps | None:
    """What a loop takes from tensors each round; None where it is no loop over the steps of one."""
    if isinstance(loop.iter, ast.Call) and call_name(loop.iter) == "range":
        return _counted(code, function, loop, loop.iter)
    if (
        isinstance(loop.iter, ast.Call)
        and call_name(loop.iter) == "zip"
        and isinstance(loop.target, ast.Tuple)
    ):
        names, over = loop.target.elts, loop.iter.args
        plain = all(isinstance(each, ast.Name) for each in names) and not loop.iter.keywords
        if not plain or len(names) != len(over) or not all(map(_is_tensor, over)):
            return None
        return Steps(tuple(code.flat(n) for n in names), tuple(code.flat(o) for o in over))
    if isinstance(loop.target, ast.Name) and _is_tensor(loop.iter):
        return Steps((loop.target.id,), (code.flat(loop.iter),))
    return None


def _is_tensor(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))


def _counted(code: Code, function: Function, loop: ast.For, over: ast.Call) -> Steps | None:
    """`for t in range(x.shape[0])`, where `t` does nothing but pick `x[t]`."""
    if len(over.args) != 1 or over.keywords or not isinstance(loop.target, ast.Name):
        return None
    counter, size = loop.target.id, size_of(function, over.args[0])
    counted = [n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == counter]
    uses = [picking(code, each) for each in counted]
    if size is None or not uses or any(use is None for use in uses):
        return None
    names: dict[tuple[str, int], str] = {}
    found: list[tuple[ast.Subscript, str]] = []
    for use in uses:
        assert use is not None
        picked, dim = use
        owner = precedence.owner(code.flat(picked.value))
        if (owner, dim) != size and dim != size[1]:
            return None
        name = names.setdefault((owner, dim), free_name(code, loop, f"{owner.rpartition('.')[2]}_{counter}"))
        found.append((picked, name))
    if size not in names:
        return None
    # Another tensor may be longer; that it is shorter is for torch to say, as it was for Python.
    over_texts = tuple(
        _over(owner, dim, (owner, dim) == size, code.flat(over.args[0])) for owner, dim in names
    )
    read = frozenset(owner for owner, _ in names)
    return Steps(tuple(names.values()), over_texts, tuple(found), read)


def _over(owner: str, dim: int, whole: bool, size: str) -> str:
    text = owner if dim == 0 else f"{owner}.movedim({dim}, 0)"
    return text if whole else f"{text}[:{size}]"


def picking(code: Code, counter: ast.Name) -> tuple[ast.Subscript, int] | None:
    """`x[t]`, `x[:, t]`, `x[:, t, :]`: which subscript it is, and of which dimension."""
    up = code.parents.get(counter)
    subscript = code.parents.get(up) if isinstance(up, ast.Tuple) else up
    if not isinstance(subscript, ast.Subscript) or not isinstance(subscript.ctx, ast.Load):
        return None
    parts = up.elts if isinstance(up, ast.Tuple) else [counter]
    if (subscript.slice is not up and subscript.slice is not counter) or not isinstance(
        subscript.value, ast.Name
    ):
        return None
    others = [part for part in parts if part is not counter]
    return (subscript, parts.index(counter)) if all(map(is_whole_slice, others)) else None


def size_of(function: ast.AST, node: ast.expr) -> tuple[str, int] | None:
    """Which dimension of which tensor a number is the size of: `x.shape[0]`, or a name for it."""
    if isinstance(node, ast.Name):
        return _named_size(function, node.id)
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "shape"
    ):
        return _dimension(node.value.value, node.slice)
    if isinstance(node, ast.Call) and not node.keywords and len(node.args) == 1:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "size":
            return _dimension(node.func.value, node.args[0])
        return _dimension(node.args[0], ast.Constant(0)) if call_name(node) == "len" else None
    return None


def _dimension(owner: ast.expr, dim: ast.expr) -> tuple[str, int] | None:
    known = isinstance(owner, ast.Name) and isinstance(dim, ast.Constant) and type(dim.value) is int
    if not known or not isinstance(owner, ast.Name) or not isinstance(dim, ast.Constant):
        return None
    return owner.id, int(str(dim.value))


def _named_size(function: ast.AST, name: str) -> tuple[str, int] | None:
    """`T = x.shape[0]`, `T, B, _ = x.shape`."""
    stores = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    if sum(isinstance(n.ctx, ast.Store) for n in stores) != 1:
        return None
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == name and not isinstance(node.value, ast.Name):
                return size_of(function, node.value)
            if isinstance(target, ast.Tuple) and (shape := _shape_of(node.value)):
                names = [each.id if isinstance(each, ast.Name) else "" for each in target.elts]
                if name in names:
                    return shape, names.index(name)
    return None


def _shape_of(value: ast.expr) -> str:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and not value.args:
        owner = value.func.value if value.func.attr == "size" else None
    else:
        owner = value.value if isinstance(value, ast.Attribute) and value.attr == "shape" else None
    return owner.id if isinstance(owner, ast.Name) else ""


# -- lists -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Collected:
    """`made`: `rows = []`; `appended`: the statement that adds `value`; `joined`: `torch.stack(rows, 1)`."""

    name: str
    made: ast.Assign
    appended: ast.Expr
    value: ast.expr
    joined: ast.Call

    @property
    def dim(self) -> int:
        """The dimension that is new where they are joined."""
        return _dim(self.joined)

    def as_tensor(self, code: Code) -> Iterator[Edit]:
        """The steps are the first dimension of what takes the list's place."""
        dim = self.dim
        text = self.name if dim == 0 else f"{self.name}.movedim(0, {dim})"
        if call_name(self.joined).endswith("cat"):
            text += f".flatten({dim}, {dim + 1})"
        yield code.replaced(self.joined, text)


def collected_in(
    code: Code, function: Function | ast.Module, loop: ast.For, torch: str
) -> tuple[Collected, ...] | None:
    """The lists that a loop's own statements add to; None where one is used otherwise as well."""
    found = []
    for statement in loop.body:
        name = _appending(statement)
        if name:
            assert isinstance(statement, ast.Expr)
            assert isinstance(statement.value, ast.Call)
            each = _collected(code, function, loop, statement, statement.value, name, torch)
            if each is None:
                return None
            found.append(each)
    return tuple(found)


def _appending(statement: ast.stmt) -> str:
    is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    name = call_name(statement.value) if isinstance(statement, ast.Expr) and is_call else ""
    name, _, method = name.rpartition(".")
    return name if method == "append" and name.isidentifier() else ""


def _collected(
    code: Code,
    function: Function | ast.Module,
    loop: ast.For,
    added: ast.Expr,
    call: ast.Call,
    name: str,
    torch: str,
) -> Collected | None:
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    made = [
        up for n in uses if isinstance(n.ctx, ast.Store) and isinstance(up := code.parents.get(n), ast.Assign)
    ]
    joined = [up for n in uses if isinstance(up := code.parents.get(n), ast.Call)]
    if len(uses) != 3 or len(made) != 1 or len(joined) != 1 or len(call.args) != 1 or call.keywords:
        return None
    empty = isinstance(made[0].value, ast.List) and not made[0].value.elts and len(made[0].targets) == 1
    beside = code.parents.get(made[0]) is code.parents.get(loop)
    if not empty or not beside or not _is_joined(joined[0], torch):
        return None
    return Collected(name, made[0], added, call.args[0], joined[0])


def _is_joined(call: ast.Call, torch: str) -> bool:
    known = call_name(call) in {f"{torch}.{name}" for name in _JOINING}
    return known and all(keyword.arg == "dim" for keyword in call.keywords) and _dim(call) >= 0


def _dim(call: ast.Call) -> int:
    """-1 where it is not a plain number from 0 on."""
    said = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    if not said:
        return 0
    value = said[0].value if isinstance(said[0], ast.Constant) else -1
    return value if type(value) is int and len(said) == 1 else -1
