"""The statements of a file that some names need, found from the last to the first.

Backwards from where the names are wanted: a statement that binds one of them, or changes what one of them
holds, is needed, and so are the names that it uses; where a name is bound afresh, what it was before is
no longer of interest. So the loop that trains is not run where only the model is wanted. What functions
and classes use counts for the whole of their scope, as it is used when they are called.

On the way to the call whose arguments are wanted, conditions are taken to hold and loops are in their
first round.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ...python.binding import scopes
from ...text.source import SyntaxProblem, parse_module
from ..finder import Module
from ..inputs.call_sites import CallSite
from ..inputs.fixtures import FILES, is_fixture
from .ascent import Ascent, top_of
from .backwards import Backwards
from .mask import Kept, blanked
from .selection import CannotSlice, Names, Selection

_KNOWN = frozenset(dir(builtins)) | {
    "__name__",
    "__file__",
    "__doc__",
    "__package__",
    "__spec__",
    "torch",
    FILES,
}
_OF_NOTEBOOKS = frozenset({"get_ipython", "display"})
_ROUNDS = 30
_NOTHING: Mapping[str, ast.expr] = {}


def slice_at(
    module: Module,
    path: Sequence[ast.stmt],
    wanted: Names,
    supplied: Mapping[str, ast.expr] = _NOTHING,
) -> str | CannotSlice:
    """The text to run for the names `wanted` at the last statement of `path`, given outermost first.

    Parameters that are `supplied` are worth an expression of the module: a fixture's value, say.
    """
    problem = next((p for p in map(_closed_to_us, path[:-1]) if p), None)
    if problem:
        return problem

    def needed(selection: Selection, backwards: Backwards) -> Names:
        return Ascent(selection, backwards).climb(path, wanted | selection.always)

    return _text(module, *_settled(module, needed, supplied=supplied), path)


@dataclass(frozen=True, slots=True)
class Caller:
    """A call of the function that the path begins with: where it stands, and the parameters that it gives."""

    call: ast.Call
    path: Sequence[ast.stmt]
    given: Names


@dataclass(frozen=True, slots=True)
class OpenSlice:
    """A text to run, and the parameters that are needed there and have no value."""

    text: str
    unknown: tuple[str, ...]


def open_slice_at(
    module: Module, path: Sequence[ast.stmt], wanted: Names, closed: Names, caller: Caller | None
) -> OpenSlice | CannotSlice:
    """As `slice_at`, where parameters are what the `caller` gives, or unknown but for those that are `closed`."""
    problem = next((p for p in map(_closed_to_us, path[:-1]) if p), None)
    if problem:
        return problem

    def needed(selection: Selection, backwards: Backwards) -> Names:
        ascent = Ascent(selection, backwards)
        before = ascent.climb(path, wanted | selection.always)
        if caller is None:
            return before
        selection.given = frozenset()  # they are those of this one function
        arguments = (*caller.call.args, *(each.value for each in caller.call.keywords))
        functions = [each for each in caller.path if isinstance(each, ast.FunctionDef)]
        selection.kept.update(caller.path)
        selection.opened.update(functions)
        return before | ascent.climb(caller.path, scopes.used(*arguments) | selection.always)

    given = caller.given if caller else frozenset()
    selection, missing = _settled(module, needed, given, closed)
    text = _text(module, selection, missing, path)
    return text if isinstance(text, CannotSlice) else OpenSlice(text, tuple(sorted(selection.unknown)))


def slice_of_class(
    module: Module, owner: ast.ClassDef, caller: CallSite | None, wanted: Names = frozenset()
) -> str | CannotSlice:
    """The text to run for a call of a method of `owner`, which stays whole; without a caller, for the class alone.

    With the names `wanted` of the module.
    """

    def needed(selection: Selection, backwards: Backwards) -> Names:
        if caller is None:
            return backwards.block(top_of(module.tree), selection.always | wanted | {owner.name})
        selection.kept.update(caller.path)
        selection.opened.update(each for each in caller.path if isinstance(each, ast.FunctionDef))
        return Ascent(selection, backwards).climb(
            caller.path, selection.always | wanted | scopes.used(caller.call)
        )

    return _text(module, *_settled(module, needed), ())


def slice_for(module: Module, wanted: Names) -> str | CannotSlice:
    """The text to run for names of the module itself."""

    def needed(selection: Selection, backwards: Backwards) -> Names:
        return backwards.before(top_of(module.tree), wanted | selection.always)

    return _text(module, *_settled(module, needed), ())


def _closed_to_us(statement: ast.stmt) -> CannotSlice | None:
    if isinstance(statement, ast.AsyncFunctionDef):
        return CannotSlice(f"the call is inside the async function `{statement.name}`")
    return None


def _settled(
    module: Module,
    needed: Callable[[Selection, Backwards], Names],
    given: Names = frozenset(),
    closed: Names | None = None,
    supplied: Mapping[str, ast.expr] = _NOTHING,
) -> tuple[Selection, Names]:
    """Selects again with what the kept definitions use, until no name is new; with the names that nobody binds."""
    always: Names = frozenset()
    for _ in range(_ROUNDS):
        selection = Selection(module, always, given, closed, supplied)
        missing = _missing(selection, needed(selection, Backwards(selection)))
        if selection.problem or selection.used <= always:
            break
        always |= selection.used
    return selection, missing


def _missing(selection: Selection, needed: Names) -> Names:
    """The needed names that nothing binds; `from parts import *` may bind them."""
    missing = (needed | selection.used) - selection.bound - _KNOWN
    if selection.module.source.file.endswith(".ipynb"):
        missing -= _OF_NOTEBOOKS
    top = top_of(selection.module.tree)
    stars = [each for each in top if isinstance(each, ast.ImportFrom) and each.names[0].name == "*"]
    if missing and stars:
        selection.kept.update(stars)
        return frozenset()
    # What a function uses may be bound by nobody on ways that are never taken.
    return frozenset(missing & needed) - (selection.always | selection.used)


def _text(
    module: Module, selection: Selection, missing: Names, path: Sequence[ast.stmt]
) -> str | CannotSlice:
    if selection.problem:
        return selection.problem
    if missing:
        return CannotSlice(_unbound(missing))
    kept = Kept(
        frozenset({*selection.kept, *path}),
        frozenset(selection.opened),
        path[-1] if path else None,
        frozenset(each for each in selection.kept if is_fixture(each)),
        frozenset(selection.left_out),
    )
    text = blanked(module.source, module.tree, kept)
    problem = parse_module(text)
    if isinstance(problem, SyntaxProblem):
        return CannotSlice(f"the statements it depends on cannot run on their own: {problem.message}")
    return text


def _unbound(unknown: Collection[str]) -> str:
    said = ", ".join(f"`{name}`" for name in sorted(unknown)[:3])
    return f"it depends on {said}, which nothing before it defines"
