"""Targets in the convention of torch's own ExportDB: module-level `model` and `example_args`.

    model = Gate()
    example_args = (torch.randn(2, 64),)
    dynamic_shapes = {"x": {0: Dim("batch")}}

`example_kwargs` and `dynamic_shapes` are optional. What counts is what the names hold once the module
is imported: the last assignment, in an `if` or a `try` too, but not below `if __name__ == "__main__"`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model import Expression, Place, Target
from ...python.syntax.assignments import assignments
from ...python.syntax.names import last_name
from ...python.syntax.statements import Block, blocks, is_main_guard, of_scope
from ..finder import Discovered, Finder, Module, target_name

NAMES = ("model", "example_args", "example_kwargs", "dynamic_shapes")


@dataclass(frozen=True, slots=True)
class _Assignment:
    name: ast.Name
    value: ast.expr


def find(module: Module) -> Discovered:
    held: dict[str, _Assignment] = {}
    for statement in of_scope(module.tree.body, _run_on_import):
        if isinstance(statement, ast.Delete):
            for gone in statement.targets:
                held.pop(gone.id if isinstance(gone, ast.Name) else "", None)
        held |= {found.name.id: found for found in _assignments(statement) if found.name.id in NAMES}
    if "model" not in held or "example_args" not in held:
        return Discovered()
    return Discovered((_target(held, module),))


def _target(held: dict[str, _Assignment], module: Module) -> Target:
    def place(node: ast.expr) -> Place:
        return module.source.place(module.source.range_of(node))

    values = {name: Expression(name, place(found.value)) for name, found in held.items()}
    return Target(
        name=target_name(module.name, "model"),
        module=module.name,
        file=module.source.file,
        origin="exportdb",
        place=place(held["model"].name),
        model=values["model"],
        args=values["example_args"],
        kwargs=values.get("example_kwargs"),
        dynamic_shapes=values.get("dynamic_shapes"),
        strict=module.strict,
    )


def _run_on_import(statement: ast.stmt) -> Iterator[Block]:
    """The blocks of a statement that run in the module's own namespace."""
    skipped = isinstance(statement, ast.If) and _never_on_import(statement.test)
    return (each for each in blocks(statement) if not skipped or each is not statement.body)  # type: ignore[attr-defined]


def _never_on_import(test: ast.expr) -> bool:
    return is_main_guard(test) or last_name(test) == "TYPE_CHECKING"


def _assignments(statement: ast.stmt) -> Iterator[_Assignment]:
    for target, value in assignments(statement):
        yield from _pairs(target, value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[_Assignment]:
    """`model, example_args = Gate(), (x,)` gives each name its part; `= make()` gives both the whole."""
    if isinstance(target, ast.Name):
        yield _Assignment(target, value)
    elif isinstance(target, ast.Tuple | ast.List):
        values: Sequence[ast.expr] = getattr(value, "elts", ())
        starred = any(isinstance(element, ast.Starred) for element in (*target.elts, *values))
        if starred or len(values) != len(target.elts):
            values = [value] * len(target.elts)
        for part, its_value in zip(target.elts, values, strict=True):
            yield from _pairs(part, its_value)


FINDER = Finder("exportdb", "declared", "`model` and `example_args`", find)
