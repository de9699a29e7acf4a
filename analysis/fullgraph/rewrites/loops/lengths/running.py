"""Parts of one tensor that follow each other: by an offset that a loop moves on, or as `torch.split` gives them.

    h[offset : offset + n] … offset += n
    for part in torch.split(h, lengths.tolist()): …

The rule: the offset begins at 0 and is moved on once in each round, at its end, and nobody reads it after the loop.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....python.binding.liveness import read_later
from ....python.syntax.assignments import assigned, assignments_to
from ....python.syntax.literals import is_zero
from ....python.syntax.names import call_name, is_name, last_name, method_name
from ....python.syntax.precedence import owner
from ....python.syntax.statements import block_of
from ...edit.module import Code


@dataclass(frozen=True)
class Running:
    """`begin` is `offset = 0`, and `step` by how much it is moved on in a round."""

    name: str
    begin: ast.Assign
    step: ast.expr


def running_in(code: Code, loop: ast.For) -> Running | None:
    """The offset that the last statement of a loop moves on."""
    name, value = assigned(loop.body[-1]) or ("", None)
    if isinstance(value, ast.Name):
        given = list(assignments_to(value.id, loop.body))
        value = given[0].value if len(given) == 1 else None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add) or not is_name(value.left, name):
        return None
    stores = [
        n for n in ast.walk(code.scope_of(loop)) if is_name(n, name) and not isinstance(n.ctx, ast.Load)
    ]
    parent = code.parents.get(loop)
    above = block_of(parent, loop) if parent is not None else []
    begins = [each for each in above[: above.index(loop)] if (assigned(each) or ("",))[0] == name]
    begin = begins[0] if len(begins) == 1 else None
    if not isinstance(begin, ast.Assign) or not is_zero(begin.value) or len(stores) != 2:
        return None
    return None if read_later(code, loop, [name]) else Running(name, begin, value.right)


@dataclass(frozen=True)
class Split:
    """`torch.split(tensor, sizes)` along the first dimension; `sizes` is the text of a tensor."""

    tensor: str
    sizes: str

    def check(self, torch: str) -> str:
        """What `torch.split` raises at."""
        asked = f"({self.sizes}.sum() == {self.tensor}.shape[0]) & ({self.sizes} >= 0).all()"
        return f'{torch}._assert_async({asked}, "the sizes of the parts are not those of `{self.tensor}`")'

    @property
    def bounds(self) -> tuple[str, str]:
        return f"({self.sizes}.cumsum(0) - {self.sizes})[:, None]", f"{self.sizes}.cumsum(0)[:, None]"


def split_of(code: Code, node: ast.expr) -> Split | None:
    """None of any other expression."""
    if not isinstance(node, ast.Call) or last_name(node) not in ("split", "split_with_sizes"):
        return None
    dims = [*node.args[2:], *(each.value for each in node.keywords)]
    operands = list(node.args)
    if method_name(node) and not call_name(node).startswith(f"{code.torch}."):
        operands = [node.func.value, *node.args]  # type: ignore[attr-defined]
        dims = [*node.args[1:], *(each.value for each in node.keywords)]
    if len(operands) < 2 or any(each.arg != "dim" for each in node.keywords) or not all(map(is_zero, dims)):
        return None
    tensor, sizes = operands[:2]
    if method_name(sizes) != "tolist" or not isinstance(sizes, ast.Call) or not isinstance(tensor, ast.Name):
        return None
    assert isinstance(sizes.func, ast.Attribute)
    return Split(tensor.id, owner(code.flat(sizes.func.value)))


def is_split(code: Code, loop: ast.AST, over: str) -> bool:
    """Whether a loop goes over the parts of a split, whichever it is: those are no numbers."""
    tree: ast.expr = ast.parse(over, mode="eval").body
    if isinstance(tree, ast.Name):
        given = list(assignments_to(over, [code.scope_of(loop)]))
        return any(last_name(each.value) in _SPLITTING for each in given)
    return last_name(tree) in _SPLITTING


_SPLITTING = ("split", "split_with_sizes", "chunk", "tensor_split")


def split_behind(code: Code, loop: ast.AST, over: str) -> tuple[Split, ast.Assign | None] | None:
    """What a loop goes over, be it split there or by a name; the statement that gives the name, for it to go."""
    tree = ast.parse(over, mode="eval").body
    if isinstance(tree, ast.Name):
        given = list(assignments_to(over, [code.scope_of(loop)]))
        found = split_of(code, given[0].value) if len(given) == 1 else None
        uses = [n for n in ast.walk(code.scope_of(loop)) if is_name(n, over)]
        alone = len(uses) == 2 and len(given) == 1 and len(given[0].targets) == 1
        return (found, given[0]) if found is not None and alone else None
    calls = (n for n in ast.walk(loop) if isinstance(n, ast.Call) and code.flat(n) == over)
    found = next((split for n in calls if (split := split_of(code, n)) is not None), None)
    return (found, None) if found is not None else None
