"""Replaces a data-dependent `assert`, or an `if` that raises, with a run-time check.

`torch._assert_async` is for tensors, `torch._check` for numbers. Both are captured in the exported program,
and raise there as in eager mode. The message is kept as far as it is known before the program runs.

## Before

```python
assert (lengths > 0).all(), "empty sequence"
if x.isnan().any():
    raise ValueError("NaN in the input")
```

## After

```python
torch._assert_async((lengths > 0).all(), "empty sequence")
torch._assert_async(~x.isnan().any(), "NaN in the input")
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import DataDependent, Edit, Position, Range
from ...python.syntax.assignments import assignments_to
from ...python.syntax.names import call_name, last_name, method_name, names_in
from ...python.syntax.operators import OPPOSITES
from ..edit.blocks import call, is_movable
from ..edit.lines import has_comment, has_own_lines, indentation
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .condition import negated, predicate


@dataclass(frozen=True)
class _Check:
    """`conditions` must hold: each with its text as a tensor, and as Python has it."""

    statement: ast.stmt
    conditions: tuple[tuple[str, str], ...]
    message: str | None
    guards: tuple[str, ...] = ()  # what Python asks first: `mask is not None`


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, node = found
    torch = code.torch
    statement = code.statement_of(node)
    if torch is None or not isinstance(statement, (ast.Assert, ast.If)) or not has_own_lines(code, statement):
        return
    check = (
        _of_assert(code, statement, torch)
        if isinstance(statement, ast.Assert)
        else _of_raise(code, statement, torch)
    )
    if check is None or node not in ast.walk(statement.test) or not is_movable(code, [statement]):
        return
    # Of `lengths.max()`, where it was asked of `lengths.max().item()`.
    if any(method_name(each) == "item" for each in ast.walk(statement.test)):
        yield Proposal(
            f"Replace with {torch}._assert_async",
            (_edit(code, check, torch, False),),
        )
    for number in (False, True) if not _is_number(code, node) else (True, False):
        name = "_check" if number else "_assert_async"
        yield Proposal(f"Replace with {torch}.{name}", (_edit(code, check, torch, number),))


def _edit(code: Code, check: _Check, torch: str, number: bool) -> Edit:
    indent = indentation(code, check.statement)
    message = check.message or ""
    lines: list[str] = []
    deeper = indent
    if check.guards:
        lines.append(f"{indent}if {' and '.join(check.guards)}:")
        deeper = indent + ("\t" if indent.startswith("\t") else "    ")
    for tensor, plain in check.conditions:
        if number:
            arguments = [plain, *([f"lambda: {message}"] if message else [])]
            lines += call(deeper, f"{torch}._check", arguments, "    ")
        else:
            arguments = [tensor, *([message] if message else [])]
            lines += call(deeper, f"{torch}._assert_async", arguments, "    ")
    where = code.range(check.statement)
    return code.edit(Range(Position(where.start.line, 0), where.end), "\n".join(lines))


def _of_assert(code: Code, node: ast.Assert, torch: str) -> _Check | None:
    guards, tests = _split(code, node.test)
    if guards and not tests:
        return None
    conditions = [(predicate(code, test, torch), code.flat(test)) for test in tests]
    if guards:  # `assert mask is None or …` is another matter, this is `assert a is not None and …`
        return None
    return _check(node, conditions, _message(code, node.msg), ())


def _of_raise(code: Code, node: ast.If, torch: str) -> _Check | None:
    """An `if` that does nothing but raise."""
    if len(node.body) != 1 or not isinstance(node.body[0], ast.Raise) or node.orelse:
        return None
    if code.is_elif(node) or has_comment(code, node):
        return None
    guards, tests = _split(code, node.test)
    if not tests or (len(tests) > 1 and guards):
        return None
    raised = node.body[0].exc
    message = raised.args[0] if isinstance(raised, ast.Call) and raised.args else None
    if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or) and not guards:
        conditions = [(negated(code, each, torch), _not(code, each)) for each in node.test.values]
    else:
        test = tests[0] if guards else node.test
        conditions = [(negated(code, test, torch), _not(code, test))]
    return _check(node, conditions, _message(code, message), tuple(guards))


def _check(
    node: ast.stmt, conditions: list[tuple[str | None, str]], message: str | None, guards: tuple[str, ...]
) -> _Check | None:
    found = tuple((tensor, plain) for tensor, plain in conditions if tensor is not None)
    return _Check(node, found, message, guards) if found and len(found) == len(conditions) else None


def _split(code: Code, test: ast.expr) -> tuple[list[str], list[ast.expr]]:
    """`a and b` in what Python asks first (`x is not None`) and the rest."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    first = [each for each in parts if _is_for_python(each)]
    if first != parts[: len(first)]:
        return [], []
    return [code.flat(each) for each in first], [each for each in parts if each not in first]


def _is_for_python(test: ast.expr) -> bool:
    compared = isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot))
    return compared or (isinstance(test, ast.Attribute) and isinstance(test.value, ast.Name))


def _not(code: Code, test: ast.expr) -> str:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return code.flat(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in OPPOSITES:
        return f"{code.flat(test.left)} {OPPOSITES[type(test.ops[0])]} {code.flat(test.comparators[0])}"
    simple = isinstance(test, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    return f"not {code.flat(test)}" if simple else f"not ({code.flat(test)})"


def _message(code: Code, node: ast.expr | None) -> str | None:
    """The message as a string that needs no data; of an f-string, with the names of what it would show."""
    if node is None:
        return None
    if isinstance(node, ast.JoinedStr):
        parts = [
            str(each.value) if isinstance(each, ast.Constant) else f"{{{_shown(each)}}}"
            for each in node.values
        ]
        return _quoted("".join(parts))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return code.flat(node) if "\n" not in code.text(node) else _quoted(node.value)
    return None


def _shown(node: ast.expr) -> str:
    return ast.unparse(node.value) if isinstance(node, ast.FormattedValue) else ast.unparse(node)


def _quoted(text: str) -> str:
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)


def _is_number(code: Code, node: ast.expr) -> bool:
    """Whether what is asked looks like a Python number: `n > 3` with `n = x.item()`."""
    if _is_read(node) or any(_is_of_shape(each) for each in ast.walk(node)):
        return True
    function = code.function_of(node)
    given = (each for name in names_in(node) for each in assignments_to(name, [function] if function else []))
    return any(_is_read(each.value) for each in given)


def _is_of_shape(node: ast.AST) -> bool:
    """`x.item()`, `x.size(0)`, `x.shape[0]`."""
    sized = isinstance(node, ast.Subscript) and last_name(node.value) == "shape"
    return sized or method_name(node) in ("item", "size")


def _is_read(value: ast.expr) -> bool:
    """Whether a value begins with a number that Python reads: `int(x) + 1`, `x.item()`."""
    while isinstance(value, ast.BinOp | ast.Compare):
        value = value.left
    return method_name(value) in ("item", "tolist") or call_name(value) in ("int", "float", "len")


_RULES = frozenset(
    {"data-dependent-assert", "data-dependent-branch", "data-dependent-guard", "tensor-to-python"}
)
REWRITE = Rewrite("runtime-check", _RULES, page(__doc__), _find)
