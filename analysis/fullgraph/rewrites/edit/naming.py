"""Names in the user's text: new ones that nothing has yet, and imports that nothing needs any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...model import Edit
from ...python.binding.scopes import bindings
from ...python.syntax.names import imported_name, names_in
from ...python.syntax.tree import end, start
from .lines import take_out
from .module import Code


def free_name(code: Code, near: ast.AST, *wanted: str) -> str:
    """The first of `wanted`, else it with a number, that the function around `near` does not use."""
    scope = code.scope_of(near)
    taken = names_in(scope) | {a.arg for a in ast.walk(scope) if isinstance(a, ast.arg)}
    numbered = (f"{wanted[-1]}_{number}" for number in range(2, 100))
    return next(name for name in (*wanted, *numbered) if name not in taken)


def unneeded_import(code: Code, name: str, gone: int) -> Edit | None:
    """Takes `import math` out where `gone` uses of the name were all that there are."""
    uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(code.tree))
    for node in code.tree.body:
        alone = isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) == 1 and uses == gone
        if alone and imported_name(node.names[0], node) == name:  # type: ignore[attr-defined,arg-type]
            return take_out(code, node)
    return None


def imports_left_unneeded(before: Code, after: str) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a text, all names of which it uses and another text does not, though it has them still.

    A name that stands anywhere else, be it in a comment or a string, is needed.
    """
    used = names_in(before.tree)
    for node in _imports(before):
        own, names = before.text(node), [imported_name(each, node) for each in node.names]
        kept = own in after and used.issuperset(names)
        if kept and all(len(_named(own, name)) == len(_named(after, name)) for name in names):
            yield node


def same_import(code: Code, node: ast.Import | ast.ImportFrom) -> ast.Import | ast.ImportFrom | None:
    """The statement of a text that imports what one of another text does."""
    return next((each for each in _imports(code) if ast.dump(each) == ast.dump(node)), None)


def _imports(code: Code) -> Iterator[ast.Import | ast.ImportFrom]:
    return (each for each in code.tree.body if isinstance(each, (ast.Import, ast.ImportFrom)))


def _named(text: str, name: str) -> list[str]:
    return re.findall(rf"\b{re.escape(name)}\b", text)


def only_value(code: Code, name: ast.Name) -> ast.expr | None:
    """What a name was given, where its function gives it a value once, and above.

    None where something that the value is made of has another value by now.
    """
    function = code.function_of(name)
    if function is None:
        return None
    given = [each for each in ast.walk(function) if name.id in map(_id, targets_in(each))]
    if len(given) != 1 or end(given[0]) > start(name):
        return None
    statement = given[0]
    between = {n for n, by in bindings(function.body) if end(statement) <= start(by) < start(name)}
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    return value if value is not None and between.isdisjoint(names_in(value)) else None


def targets_in(node: ast.AST) -> Iterator[ast.expr]:
    """The targets of an assignment or loop, those in a tuple one by one."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    for target in targets if isinstance(node, (ast.stmt, ast.NamedExpr)) else ():
        yield from target.elts if isinstance(target, (ast.Tuple, ast.List)) else filter(None, [target])


def _id(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
