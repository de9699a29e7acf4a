"""What `torch.cond` asks of memory: no two of its inputs share any, and both results are laid out alike.

`q, k, v = qkv.unbind(0)` are parts of one tensor, of which each is given as a copy. A result that is transposed on one
side alone is made contiguous on both. The rule: both are said only where the text shows a reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...python.binding.api_tables import LAYOUTS, VIEWS
from ...python.syntax.names import is_name, last_name


def sharing(function: ast.AST, torch: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that may be parts of one tensor."""
    roots = {name: _roots(function, torch, ast.Name(name, ast.Load()), frozenset()) for name in names}
    return tuple(
        name
        for name, own in roots.items()
        if any(own & others for other, others in roots.items() if other != name)
    )


def may_differ_in_layout(function: ast.AST) -> bool:
    """Whether a tensor may be transposed somewhere in a function."""
    return any(
        last_name(n) in LAYOUTS for n in ast.walk(function) if isinstance(n, (ast.Attribute, ast.Call))
    )


def _roots(function: ast.AST, torch: str, value: ast.expr, known: frozenset[str]) -> frozenset[str]:
    """What a value may be a part of: expressions by their place, and names that the function does not bind."""
    inner = _whole(value, torch)
    if not isinstance(inner, ast.Name):
        return frozenset({f"{inner.lineno}:{inner.col_offset}"})
    if inner.id in known:
        return frozenset()
    given = list(_given(function, inner.id))
    if not given:
        return frozenset({inner.id})
    found = (_roots(function, torch, each, known | {inner.id}) for each in given)
    return frozenset[str]().union(*found)


def _given(function: ast.AST, name: str) -> Iterator[ast.expr]:
    """The values that a name is given, by itself or as one of several that a value is taken apart into."""
    for node in ast.walk(function):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            several = isinstance(target, (ast.Tuple, ast.List))
            parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
            index = next((i for i, part in enumerate(parts) if is_name(part, name)), None)
            if index is None or not isinstance(node, ast.Assign):
                continue
            values = node.value.elts if several and isinstance(node.value, (ast.Tuple, ast.List)) else []
            if several and not values and not _gives_parts(node.value):
                continue  # a call that gives several, each a tensor of its own
            yield values[index] if index < len(values) else node.value


def _gives_parts(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) or last_name(value) in _PARTS


_PARTS = frozenset({"unbind", "chunk", "split", "split_with_sizes", "tensor_split", "permute", "transpose"})
_SEEN = frozenset({"T", "mT", "H", "mH", "real", "imag", "data"})


def _whole(value: ast.expr, torch: str) -> ast.expr:
    """What a value is a part of, at the end of a chain of views."""
    if isinstance(value, ast.Subscript) or (isinstance(value, ast.Attribute) and value.attr in _SEEN):
        return _whole(value.value, torch)
    call = value if isinstance(value, ast.Call) else None
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in VIEWS | _PARTS:
        return value
    called = call.func.value
    return _whole(call.args[0] if is_name(called, torch) and call.args else called, torch)
