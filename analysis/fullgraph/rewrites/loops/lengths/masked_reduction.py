"""Rewrites what is computed of each row up to its length as a reduction of the padded tensor under a mask.

`mean`, `sum`, `max` and `min` over the valid places, and the last valid place of each row. What works on each
place by itself, such as a linear layer, runs on the padded tensor; that the padding does not count is for the
mask, and so it is in a `softmax` over the places of a row. A row may begin at any place, as in `x[i, s:e]`, and may be a part of one tensor between two offsets,
`x[ptr[i] : ptr[i + 1]]`; of that tensor there is then a copy for each part. Lengths that may be below 0 count from the
end of a row, as they do in Python.

## Before

```python
lengths = mask.sum(1).tolist()
rows = [self.lin(x[i, :n]).mean(0) for i, n in enumerate(lengths)]
return torch.stack(rows), torch.stack([x[i, n - 1] for i, n in enumerate(lengths)])
```

## After

```python
lengths = mask.sum(1)
valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
rows = self.lin(x).masked_fill(~valid.unsqueeze(-1), 0).sum(1) / valid.sum(1).unsqueeze(-1)
return rows, x[torch.arange(x.shape[0], device=x.device), lengths - 1]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ....model import Edit
from ....python.syntax.assignments import assigned, assigned_apart
from ....python.syntax.literals import is_zero
from ....python.syntax.names import call_name, last_name, method_name, names_in
from ....python.syntax.precedence import owner
from ...edit.module import code_of
from ...edit.naming import free_name
from ...rewrite import Problem, Proposal, Rewrite, page
from ..rows.batched import bare
from ..rows.number_lists import starts
from ..rows.rules import ROW_RULES
from .each_row import EachRow, each_row
from .row_parts import Last, Part, part_of

_HALF = ("float16", "bfloat16")
_SMALL = frozenset({"uint8", "int8", "int16"})
_FILLED = {"mean": "0", "sum": "0", "max": 'float("-inf")', "amax": 'float("-inf")'}
_FILLED |= {"min": 'float("inf")', "amin": 'float("inf")'}
_WEIGHTS = ("softmax", "log_softmax")
_FOUND = {"max": "amax", "min": "amin", "mean": "sum"}


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    row = next(filter(None, (each_row(code, start, torch) for start in starts(code, node))), None)
    seen: list[object] = []
    half = any(each.dtype in _HALF for each in problem.facts.inputs)
    for wide in (True, False) if row else ():
        edits = _Reduced(row, wide, half).edits() if row else None
        if edits is not None and edits not in seen:
            seen.append(edits)
            yield Proposal(f"Reduce the padded {'tensor' if wide else 'rows'} under a mask", edits)


class _NotReducedError(Exception):
    """Something of a row is left that no reduction takes."""


@dataclass
class _Reduced:
    """`wide`: a place holds a vector of features, not a number. `padded` are names of padded tensors.

    `half`: numbers may be of half precision, in which a sum may be infinite where `mean`, of what it adds up in
    single precision, is not.
    """

    row: EachRow
    wide: bool
    half: bool = False
    valid: str = ""
    part: Part | None = None  # one of those that are reduced, which all have the same places
    needs_one: bool = False  # a maximum of no places raises
    padded: set[str] = field(default_factory=set)

    def edits(self) -> tuple[Edit, ...] | None:
        row = self.row
        self.valid = free_name(row.code, row.loop, "valid", "is_valid")
        try:
            given = [line for each in row.given for line in self._given(each)]
            values = [self._text(each) for each in row.values]
        except _NotReducedError:
            return None
        if (
            self.part is not None
            and any(self.part.bounds)
            and not _SMALL.isdisjoint(dict(row.code.whole).values())
        ):
            return None  # to count from the end in them would be to wrap
        lines = [*self._bounds(self.part)] if self.part is not None else []
        lines += [] if self._mask == self.asked else [f"{self.valid} = {self.asked}"]
        if self.needs_one:
            asked = f"{self._mask}.any(1).all()"
            lines.append(f'{row.torch}._assert_async({asked}, "a row has no valid place")')
        lines += given
        return row.edits(lines, values)

    def _bounds(self, part: Part) -> Iterator[str]:
        """Where the places of each row begin and end; below 0 they count from the end, as those of a slice do."""
        if part.bounds == ("", ""):
            return
        (first, last, places), size = self._ends, f"{part.over}.shape[{part.dim}]"
        if part.check:
            yield part.check
        yield f"{first}, {last} = {', '.join(part.bounds)}"
        where = f"{self.row.torch}.where"
        for name in () if part.check else (first, last):
            yield f"{name} = {where}({name} < 0, {name} + {size}, {name})"
        yield f"{places} = {part.valid}"

    @property
    def _ends(self) -> tuple[str, str, str]:
        code, loop = self.row.code, self.row.loop
        wanted = (("first", "begins"), ("last", "ends"), ("places", "each_place"))
        first, last, places = (free_name(code, loop, *names) for names in wanted)
        return first, last, places

    @property
    def asked(self) -> str:
        """Which places are valid."""
        if self.part is None or self.part.bounds == ("", ""):
            return self.part.valid if self.part is not None else ""
        first, last, places = self._ends
        return f"({places} >= {first}) & ({places} < {last})"

    @property
    def _mask(self) -> str:
        """What says which places are valid: a name of the user's, if it has one."""
        return self.asked if self.asked.isidentifier() or not self.asked else self.valid

    def _given(self, statement: ast.stmt) -> Iterator[str]:
        name, value = assigned(statement) or ("", None)
        numbers = [each for each, _ in assigned_apart(statement)]
        numbers += [] if numbers else [name]
        if set(numbers) <= set(self.row.lengths.of):
            return
        if value is None or not isinstance(statement, ast.Assign):
            raise _NotReducedError
        text, padded = self._inner(value)
        if padded:
            self.padded.add(name)
        yield f"{name} = {text if padded else self._text(value)}"

    def _text(self, node: ast.expr) -> str:
        """An expression of a row that holds no padded places, for all rows."""
        instead: dict[ast.expr, str] = {}
        self._reductions(node, instead)
        names = names_in(ast.parse(self.row.code.flat_with(node, dict.fromkeys(instead, "_")), mode="eval"))
        if not instead or names & ({*self.row.rounds.names, *self.row.targets} | self.padded):
            raise _NotReducedError
        if node in instead:
            return bare(instead[node])
        return self.row.code.flat_with(node, instead)

    def _reductions(self, node: ast.expr, instead: dict[ast.expr, str]) -> None:
        """The outermost parts that are reductions, lengths, or last places.

        What joins the places of one row, as `x[i, n - 1].sum()`, would join those of all rows.
        """
        if (text := self._reduced(node) or self._last(node) or self._length(node)) is not None:
            instead[node] = text
            return
        before = len(instead)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._reductions(child, instead)
        if len(instead) > before and _joins(node):
            raise _NotReducedError

    def _length(self, node: ast.expr) -> str | None:
        lengths = self.row.lengths.all(node, self.row.rounds) if isinstance(node, ast.Name) else None
        return f"{lengths}.unsqueeze(-1)" if lengths and self.wide else lengths

    def _last(self, node: ast.expr) -> str | None:
        part = part_of(self.row, node)
        if not isinstance(part, Last):
            return None
        return f"{part.over}[{self.row.torch}.arange({part.over}.shape[0], device={part.over}.device), {part.at}]"

    def _reduced(self, node: ast.expr) -> str | None:
        """`h.mean(0)` under the mask; `h.max(0).values`, `h.max(0)[0]`."""
        call = _picked(node)
        if call is None:
            return None
        found = _operand_of(call, self.row.torch)
        if found is None or found[1] not in _FILLED or (found[1] in ("max", "min")) == (call is node):
            return None
        tensor, method, dims = found
        if self.half and method == "mean":
            raise _NotReducedError
        if not (all(map(is_zero, dims)) and len(dims) == 1) and (dims or self.wide):
            return None
        text, padded = self._inner(tensor)
        if not padded:
            return None
        mask = f"~{self._mask}.unsqueeze(-1)" if self.wide else f"~{self._mask}"
        text = f"{owner(text)}.masked_fill({mask}, {_FILLED[method]})"
        text += f".{_FOUND.get(method, method)}(1)"
        count = f"{self._mask}.sum(1).unsqueeze(-1)" if self.wide else f"{self._mask}.sum(1)"
        self.needs_one |= method not in ("mean", "sum")
        return f"({text} / {count})" if method == "mean" else text

    def _inner(self, node: ast.expr) -> tuple[str, bool]:
        """What is computed of each place, on the padded tensor; whether it is."""
        instead: dict[ast.expr, str] = {}
        self._places(node, instead)
        text = self.row.code.flat_with(node, instead)
        names = names_in(ast.parse(text, mode="eval"))
        left = names & set(self.row.rounds.names) - set(instead.values())
        padded = bool(instead) or bool(names & self.padded)
        if padded and left:
            raise _NotReducedError
        return text, padded

    def _places(self, node: ast.AST, instead: dict[ast.expr, str]) -> None:
        """The parts of a row in an expression, and the weights that are made of all places of a row."""
        if isinstance(node, ast.Call) and (text := self._weights(node)) is not None:
            instead[node] = text
            return
        part = part_of(self.row, node) if isinstance(node, ast.expr) else None
        if isinstance(node, ast.expr) and isinstance(part, Part):
            if self.part is not None and replace(self.part, over="") != replace(part, over=""):
                raise _NotReducedError
            self.part = part
            instead[node] = part.over
            return
        for child in ast.iter_child_nodes(node):
            self._places(child, instead)

    def _weights(self, call: ast.Call) -> str | None:
        """`scores.softmax(0)` and `F.softmax(scores, dim=0)`: each row's own, 0 at what is no place of it."""
        found = _operand_of(call, self.row.torch)
        if found is None or found[1] not in _WEIGHTS or len(found[2]) != 1 or not is_zero(found[2][0]):
            return None
        text, padded = self._inner(found[0])
        if not padded:
            return None
        mask = f"~{self._mask}.unsqueeze(-1)" if self.wide else f"~{self._mask}"
        return f'{owner(text)}.masked_fill({mask}, float("-inf")).{found[1]}(1)'


_JOINING = frozenset(
    [
        "sum",
        "mean",
        "max",
        "min",
        "amax",
        "amin",
        "norm",
        "prod",
        "std",
        "var",
        "median",
        "any",
        "all",
        "argmax",
        "argmin",
        "softmax",
        "log_softmax",
        "cumsum",
        "cumprod",
        "flatten",
        "ravel",
        "view",
        "reshape",
        "unsqueeze",
        "squeeze",
        "sort",
        "topk",
        "flip",
        "roll",
        "item",
        "tolist",
        "size",
        "dim",
        "numel",
        "len",
        "float",
        "int",
        "bool",
        "t",
        "permute",
        "transpose",
        "expand",
        "repeat",
        "logsumexp",
        "normalize",
        "stack",
        "cat",
        "dist",
        "cosine_similarity",
    ]
)
"""What goes by the dimensions of a row, of which there is one more for all rows."""


def _joins(node: ast.expr) -> bool:
    """Whether an expression does not compute each place by itself; by dimensions from the end it is the same."""
    if isinstance(node, ast.Subscript):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr in ("T", "mT", "H", "mH")
    if not isinstance(node, ast.Call) or last_name(node) not in _JOINING:
        return False
    if isinstance(node.func, ast.Attribute) and last_name(node) in ("float", "bool", "int"):
        return False  # a dtype
    dims = [*node.args, *(each.value for each in node.keywords)]
    return not any(isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub) for each in dims)


def _picked(node: ast.expr) -> ast.Call | None:
    """The call of a reduction, or of `max`, of whose result the values are picked."""
    if (isinstance(node, ast.Attribute) and node.attr == "values") or (
        isinstance(node, ast.Subscript) and is_zero(node.slice)
    ):
        node = node.value
    return node if isinstance(node, ast.Call) else None


def _operand_of(call: ast.Call, torch: str) -> tuple[ast.expr, str, list[ast.expr]] | None:
    """`h`, `mean` and the dimensions of `h.mean(0)`, `h.mean(dim=0)` and `torch.mean(h, 0)`."""
    if any(each.arg != "dim" for each in call.keywords):
        return None
    dims = [*call.args, *(each.value for each in call.keywords)]
    name = call_name(call).removeprefix(f"{torch}.").removeprefix("nn.functional.").removeprefix("F.")
    if name != call_name(call) and call.args:
        return dims[0], name, dims[1:]
    if method_name(call) and isinstance(call.func, ast.Attribute):
        return call.func.value, call.func.attr, dims
    return None


REWRITE = Rewrite("masked-reduction", ROW_RULES | {"export-error"}, page(__doc__), _find)
