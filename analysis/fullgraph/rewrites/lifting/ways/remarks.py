"""What the ways of a branch say beside what they compute: `if not close: print("differs"); ok = False`.

What is said stays a branch, which is left out of the exported program. What is computed is then rewritten
as if nothing had been said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ....python.binding.liveness import read_later
from ....python.binding.scopes import bound, used
from ....python.syntax.assignments import assigned_name
from ....python.syntax.precedence import Binds, operand
from ....python.syntax.statements import returning
from ...branches.speaking import speaks
from ...edit.lines import put_under
from ..lists.tallies import appended_to, counts
from ..reading.holding import later_read
from ..scalars.conditions import truth
from ..scope import Scope
from ..value import CannotLiftError, Value

Block = Sequence[ast.stmt]
_STEP = "    "


@dataclass(frozen=True)
class Remarks:
    """A branch without what it says, and the lines that say it, above or below what it computes."""

    test: Value
    body: Block
    orelse: Block
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def said_alone(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> bool:
    """Whether a branch that only speaks was put aside."""
    if not all(_is_aside(scope, node, each) for each in (*body, *orelse)):
        return False
    exporting = f"{scope.torch}.compiler.is_exporting()"
    if isinstance(node, ast.If) and not orelse:
        asked = operand(test.text, Binds.AND) if isinstance(node.test, ast.Compare) else test.operand
        scope.rewrite(node.test, f"not {exporting} and {asked}")
    else:
        edit = None if scope.code.is_elif(node) else put_under(scope.code, [node], f"if not {exporting}:")
        if edit is None:
            return False
        scope.write(edit)
    for each in (*body, *orelse):
        if name := assigned_name(each):
            scope.names[name] = Value(name, "text")
    return True


def _is_aside(scope: Scope, node: ast.stmt, statement: ast.stmt) -> bool:
    """Whether nothing is left of a statement but what it said."""
    if isinstance(statement, ast.Pass) or speaks(statement):
        return True
    if isinstance(statement, ast.If):
        return all(_is_aside(scope, node, each) for each in (*statement.body, *statement.orelse))
    name = assigned_name(statement)
    return bool(name) and (not read_later(scope.code, node, [name]) or _is_only_said(scope, node, name))


def _is_only_said(scope: Scope, node: ast.stmt, name: str) -> bool:
    """Whether a name is read below a branch by what speaks alone."""
    last = node.end_lineno or 0
    reads = [
        each
        for each in ast.walk(scope.function)
        if isinstance(each, ast.Name) and each.id == name and each.lineno > last
    ]
    statements = [scope.code.statement_of(each) for each in reads]
    return not scope.loops and all(each is not None and speaks(each) for each in statements)


def remarks(scope: Scope, node: ast.stmt, test: Value, body: Block, orelse: Block) -> Remarks:
    """Takes what is said out of the ways of a branch."""
    if not any(_says(scope, each) for each in (*body, *orelse)):
        return Remarks(test, body, orelse)
    if test.text.isidentifier():
        name, lines = test.text, list[str]()
    else:
        name = scope.fresh("condition", "holds")
        lines = [f"{name} = {test.text}"]
    named = replace(test, text=name)
    said = [
        (asked, block, _Told.of(scope, node, block, (*body, *orelse)))
        for asked, block in ways_of(scope, named, body, orelse)
    ]
    lines += counts(scope, [(asked, block) for asked, block, _ in said])
    below = any(told.is_below for _, _, told in said)
    if below and _is_other_below([*body, *orelse], said):
        raise CannotLiftError
    shown = _shown(scope, [(asked, told.lines) for asked, _, told in said])
    silent = (_without(scope, body), _without(scope, orelse))
    return (
        Remarks(named, *silent, tuple(lines), tuple(shown))
        if below
        else Remarks(named, *silent, (*lines, *shown))
    )


def _is_other_below(statements: Block, said: Sequence[tuple[Value, Block, _Told]]) -> bool:
    """Whether below a branch a condition would be another one, or a way has left that says something."""
    given = bound(statements)
    asked = {name for value, _, _ in said[1:] if value.text for name in used(ast.parse(value.text))}
    left = any(told.lines and not told.is_below and returning(block) != "never" for _, block, told in said)
    return left or bool(given & asked)


def ways_of(scope: Scope, test: Value, body: Block, orelse: Block) -> Iterator[tuple[Value, Block]]:
    """Each way with its condition, which an `else` has not."""
    yield test, body
    if len(orelse) == 1 and isinstance(orelse[0], ast.If):
        asked = truth(scope, orelse[0].test)
        if not asked.is_lifted:
            raise CannotLiftError
        yield from ways_of(scope, asked, orelse[0].body, orelse[0].orelse)
    elif orelse:
        yield Value(""), orelse


@dataclass(frozen=True)
class _Told:
    """The lines that are left of one way, and whether they read what it gives to names that live on."""

    lines: tuple[str, ...] = ()
    is_below: bool = False

    @staticmethod
    def of(scope: Scope, node: ast.stmt, block: Block, both: Block) -> _Told:
        spoken = [each for each in block if _is_said(scope, each)]
        if any(_says(scope, each) and each not in spoken for each in block):
            raise CannotLiftError
        if not spoken:
            return _Told()
        given = _needed(scope, block)
        names = {assigned_name(each) for each in given}
        living = set(later_read(scope, node, sorted(names), both))
        if not living:
            return _Told(tuple(scope.code.flat(each) for each in block if each in given or each in spoken))
        last = max(index for index, each in enumerate(block) if assigned_name(each) in living)
        if names != living or block.index(spoken[0]) < last or returning(block) != "never":
            raise CannotLiftError
        return _Told(tuple(map(scope.code.flat, spoken)), is_below=True)


def _needed(scope: Scope, block: Block) -> list[ast.stmt]:
    """The assignments of a way that what it says further down reads, in whatever way."""
    read, found = set[str](), list[ast.stmt]()
    for each in reversed(block):
        if _is_said(scope, each):
            read |= used(each)
        elif bound([each]) & read:
            if not assigned_name(each):
                raise CannotLiftError
            found.append(each)
            read |= used(each)
    return found


def _shown(scope: Scope, said: Sequence[tuple[Value, Sequence[str]]]) -> Iterator[str]:
    """The branch that is left, where the model is not exported."""
    while said and not said[-1][1]:
        said = said[:-1]
    exporting = f"{scope.torch}.compiler.is_exporting()"
    if len(said) == 1:
        yield f"if not {exporting} and {said[0][0].operand}:"
        yield from (f"{_STEP}{line}" for line in said[0][1])
        return
    yield f"if not {exporting}:"
    for index, (asked, lines) in enumerate(said):
        head = f"{'elif' if index else 'if'} {asked.text}" if asked.text else "else"
        yield f"{_STEP}{head}:"
        yield from (f"{_STEP}{_STEP}{line}" for line in lines or ("pass",))


def _is_said(scope: Scope, statement: ast.stmt) -> bool:
    """Whether the exported program does not need a statement: what it counts is counted by itself."""
    return speaks(statement) or bool(appended_to(scope, statement))


def _says(scope: Scope, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        return any(_says(scope, each) for each in (*statement.body, *statement.orelse))
    return _is_said(scope, statement)


def _without(scope: Scope, statements: Block) -> list[ast.stmt]:
    """Statements without those that only speak, in the branches among them too."""
    return [_silent(scope, each) for each in statements if not _is_said(scope, each)]


def _silent(scope: Scope, statement: ast.stmt) -> ast.stmt:
    if not isinstance(statement, ast.If) or not _says(scope, statement):
        return statement
    body, orelse = _without(scope, statement.body), _without(scope, statement.orelse)
    return ast.copy_location(ast.If(statement.test, body, orelse), statement)
