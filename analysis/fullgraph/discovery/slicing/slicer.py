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
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from ...python import scopes
from ...python.imports import Imports
from ...python.statements import block_of, blocks, is_main_guard
from ...text.source import SyntaxProblem, parse_module
from ..finder import Module
from . import effects
from .mask import Kept, blanked

Names = frozenset[str]
Block = Sequence[ast.stmt]

SET_UP = ("setUpClass", "setup_class", "__init__", "setUp", "setup_method", "asyncSetUp")
"""Methods that a test framework, or Python, calls before the one that holds the call."""

_KNOWN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__package__", "__spec__", "torch"}
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class CannotSlice:
    """Why the names cannot be had: words that go on "this call is not checked: …"."""

    message: str


def slice_at(module: Module, path: Sequence[ast.stmt], wanted: Names) -> str | CannotSlice:
    """The text to run for the names `wanted` at the last statement of `path`, given outermost first."""
    problem = next((p for p in map(_closed_to_us, path[:-1]) if p), None)
    if problem:
        return problem
    slicer = _settled(lambda sticky: _Slicer(module, sticky).run_to(path, wanted))
    return _text(module, slicer, path)


def slice_for(module: Module, wanted: Names) -> str | CannotSlice:
    """The text to run for names of the module itself."""
    return _text(module, _settled(lambda sticky: _Slicer(module, sticky).run(wanted)), ())


def is_plain(module: Module) -> bool:
    """Whether to import the file runs nothing but definitions, imports and plain assignments."""
    return all(_is_plain(statement) for statement in module.tree.body)


def _is_plain(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return not any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(value))
        case ast.If(test=test) if is_main_guard(test):
            return True
        case ast.If() | ast.Try():
            return all(_is_plain(each) for block in blocks(statement) for each in block)
    return isinstance(statement, ast.AnnAssign)


def _closed_to_us(statement: ast.stmt) -> CannotSlice | None:
    if isinstance(statement, ast.AsyncFunctionDef):
        return CannotSlice(f"it stands in `{statement.name}`, which is asynchronous")
    return None


def _settled(run: Callable[[Names], _Slicer]) -> _Slicer:
    """Runs again with what the kept definitions use, until no name is new."""
    sticky: Names = frozenset()
    for _ in range(_ROUNDS):
        slicer = run(sticky)
        if slicer.problem or slicer.sticky <= sticky:
            return slicer
        sticky |= slicer.sticky
    return run(sticky)


def _text(module: Module, slicer: _Slicer, path: Sequence[ast.stmt]) -> str | CannotSlice:
    if slicer.problem:
        return slicer.problem
    if slicer.unknown:
        return CannotSlice(_unbound(slicer.unknown))
    kept = Kept(frozenset({*slicer.kept, *path}), frozenset(slicer.open), path[-1] if path else None)
    text = blanked(module.source, module.tree, kept)
    problem = parse_module(text)
    if isinstance(problem, SyntaxProblem):
        return CannotSlice(f"what it needs cannot be taken out of the file: {problem.message}")
    return text


def _unbound(unknown: Collection[str]) -> str:
    said = ", ".join(f"`{name}`" for name in sorted(unknown)[:3])
    return f"it needs {said}, and nothing that runs before it binds that name"


@dataclass
class _Slicer:
    """One pass. `sticky` is what definitions use: it is needed in the whole scope, and never settled."""

    module: Module
    needed_always: Names
    imports: Imports = field(init=False)
    kept: set[ast.stmt] = field(default_factory=set)
    open: set[ast.stmt] = field(default_factory=set)  # on the way, and their header is not run
    sticky: Names = frozenset()
    bound: set[str] = field(default_factory=set)
    problem: CannotSlice | None = None
    unknown: Names = frozenset()

    def __post_init__(self) -> None:
        self.imports = self.module.imports
        self.needed_always |= effects.libraries(self.module.tree, self.imports)

    def run(self, wanted: Names) -> _Slicer:
        return self._finish(self._block(self._top(), wanted | self.needed_always))

    def run_to(self, path: Sequence[ast.stmt], wanted: Names) -> _Slicer:
        needed = wanted | self.needed_always
        for index in range(len(path) - 1, -1, -1):
            parent = path[index - 1] if index else None
            needed = self._up(path[index], parent, needed)
            if self.problem:
                return self
        return self._finish(needed)

    def _finish(self, needed: Names) -> _Slicer:
        missing = (needed | self.sticky) - self.bound - _KNOWN
        stars = [s for s in self._top() if isinstance(s, ast.ImportFrom) and s.names[0].name == "*"]
        if missing and stars:
            self.kept.update(stars)
            missing = frozenset()
        # What a function uses may be bound by nobody on ways that are never taken.
        self.unknown = frozenset(missing & needed) - (self.needed_always | self.sticky)
        return self

    def _top(self) -> Block:
        """The module's statements, but for what only a run as a script would run."""
        body = self.module.tree.body
        return [s for s in body if not (isinstance(s, ast.If) and is_main_guard(s.test))]

    # -- on the way up from the call --

    def _up(self, statement: ast.stmt, parent: ast.stmt | None, needed: Names) -> Names:
        """From before `statement`'s insides to before `parent`'s."""
        around = self.module.tree.body if parent is None else block_of(parent, statement)
        defines = isinstance(statement, scopes.Function | ast.ClassDef)
        if parent is None and defines:
            others: Block = [each for each in self._top() if each is not statement]
        elif isinstance(parent, ast.ClassDef):
            others = ()
        elif defines:  # a function runs when it is called: after the statements below it, too
            others = [each for each in around if each is not statement]
        else:
            others = around[: list(around).index(statement)]
        needed = self._block(others, needed)
        return self._out_of(parent, statement, around, needed) if parent is not None else needed

    def _out_of(self, parent: ast.stmt, child: ast.stmt, around: Block, needed: Names) -> Names:
        match parent:
            case ast.For() | ast.AsyncFor():
                needed = (needed - scopes.bound([parent.target])) | scopes.used(parent.iter)
                self.bound |= scopes.bound([parent.target])
            case ast.With() | ast.AsyncWith():
                needed = self._out_of_with(parent, needed)
            case ast.Try() if around is not parent.body and _is_after_body(parent, around):
                needed = self._block(parent.body, needed)
            case ast.FunctionDef():
                needed = self._out_of_function(parent, needed)
            case ast.ClassDef() if isinstance(child, scopes.Function):
                needed = self._out_of_class(parent, needed)
        return needed

    def _out_of_with(self, parent: ast.With | ast.AsyncWith, needed: Names) -> Names:
        bound = scopes.bound(item.optional_vars for item in parent.items if item.optional_vars)
        of_torch = all(
            isinstance(item.context_expr, ast.Call)
            and self.imports.dotted(item.context_expr.func).startswith("torch.")
            for item in parent.items
        )
        if not (bound & needed or of_torch):
            self.open.add(parent)
            return needed
        self.bound |= bound
        return (needed - bound) | scopes.used(*(item.context_expr for item in parent.items))

    def _out_of_function(self, function: ast.FunctionDef, needed: Names) -> Names:
        for name, default in scopes.parameters(function.args):
            if name not in needed:
                continue
            if name in ("self", "cls"):
                self.problem = CannotSlice(f"it needs `{name}` itself, and `{function.name}` is not called")
            elif default is None:
                self.problem = CannotSlice(
                    f"it needs `{name}`, a parameter of `{function.name}` without a default"
                )
            else:
                needed |= scopes.used(default)
            needed -= {name}
        return needed

    def _out_of_class(self, owner: ast.ClassDef, needed: Names) -> Names:
        methods = {each.name: each for each in owner.body if isinstance(each, scopes.Function)}
        needed = self._methods(methods, needed)
        needed = self._set_up(methods, needed)
        needed = self._attributes(owner, self._methods(methods, needed))
        missing = sorted(_of_self(needed) - self.bound)
        if missing:
            said = ", ".join(f"`{name}`" for name in missing)
            self.problem = CannotSlice(f"it needs {said}, which no set-up of `{owner.name}` binds")
        return needed - _of_self(needed)

    def _set_up(self, methods: dict[str, scopes.Function], needed: Names) -> Names:
        for name in reversed(SET_UP):
            if (method := methods.get(name)) is not None and _of_self(needed):
                before = self._block(method.body, needed)
                if before != needed:
                    self.kept.add(method)
                    self.open.add(method)
                # What set-up asks of its own parameters nobody gives.
                needed = (
                    self._out_of_function(method, before) if isinstance(method, ast.FunctionDef) else before
                )
        return needed

    def _attributes(self, owner: ast.ClassDef, needed: Names) -> Names:
        """With what the class's own statements bind."""
        for statement in reversed(owner.body):
            bound = frozenset(f"self.{name}" for name in scopes.bound([statement]))
            if bound & needed and not isinstance(statement, scopes.Function):
                self._keep(statement, bound)
                needed |= scopes.used(statement)
        return needed

    def _methods(self, methods: dict[str, scopes.Function], needed: Names) -> Names:
        """With the methods, and the class's own attributes, that are asked of `self`."""
        pending = [name for name in _of_self(needed) if name[5:] in methods]
        while pending:
            name = pending.pop()
            method = methods[name[5:]]
            if method in self.kept:
                continue
            self.kept.add(method)
            self.bound.add(name)
            uses = scopes.used(*method.body) - scopes.bound(method.body) | scopes.used(*method.decorator_list)
            uses -= {each for each, _ in scopes.parameters(method.args)}
            needed |= uses
            pending += [each for each in _of_self(uses) if each[5:] in methods]
        return needed

    # -- whole blocks --

    def _block(self, statements: Block, needed: Names, *, in_loop: bool = False) -> Names:
        for statement in reversed(statements):
            needed = self._statement(statement, needed, in_loop)
        return needed

    def _statement(self, statement: ast.stmt, needed: Names, in_loop: bool) -> Names:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._definition(statement, needed)
            case ast.Import() | ast.ImportFrom():
                return self._import(statement, needed)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(statement, needed)
            case ast.With() | ast.AsyncWith():
                return self._with(statement, needed, in_loop)
            case ast.If() | ast.Match() | ast.Try():
                return self._branches(statement, needed, in_loop)
        if type(statement).__name__ == "TryStar":
            return self._branches(statement, needed, in_loop)
        return self._simple(statement, needed, in_loop)

    def _definition(self, node: scopes.Function | ast.ClassDef, needed: Names) -> Names:
        if node.name not in needed and not effects.registers(node, self.imports):
            return needed
        self._keep(node, frozenset({node.name}))
        uses = scopes.used(node)
        self.sticky |= uses
        return needed | uses

    def _import(self, node: ast.Import | ast.ImportFrom, needed: Names) -> Names:
        bound = scopes.bound([node])
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if bound & needed or future:
            self._keep(node, bound)
        return needed

    def _simple(self, node: ast.stmt, needed: Names, in_loop: bool) -> Names:
        bound = scopes.bound([node])
        changed = effects.changed(node, in_loop=in_loop)
        setting = not in_loop and effects.is_setting(node, self.imports)
        if not (bound & needed or changed & needed or setting) or effects.trains(node):
            return needed
        self._keep(node, bound)
        settled = frozenset() if in_loop else bound - self.needed_always
        return (needed - settled) | scopes.used(node)

    def _branches(self, node: ast.stmt, needed: Names, in_loop: bool) -> Names:
        before = [self._block(block, needed, in_loop=in_loop) for block in blocks(node) if block]
        if not self._keeps_any(node):
            return needed
        self._keep(node, frozenset())
        own = scopes.used(*_headers(node))
        certain = isinstance(node, ast.If) and node.orelse
        return frozenset().union(*before, own, frozenset() if certain else needed)

    def _with(self, node: ast.With | ast.AsyncWith, needed: Names, in_loop: bool) -> Names:
        before = self._block(node.body, needed, in_loop=in_loop)
        bound = scopes.bound(item.optional_vars for item in node.items if item.optional_vars)
        if not (self._keeps_any(node) or bound & needed):
            return needed
        self._keep(node, bound)
        return (before - bound) | scopes.used(*(item.context_expr for item in node.items))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, needed: Names) -> Names:
        header = scopes.used(node.test if isinstance(node, ast.While) else node.iter)
        bound = frozenset() if isinstance(node, ast.While) else scopes.bound([node.target])
        for _ in range(_ROUNDS):
            inner = needed | self._block(node.body, needed, in_loop=True)
            if self._keeps_any(node) or bound & needed:
                self._keep(node, bound)
                inner |= header | self._leaving(node.body)
            if inner == needed:
                break
            needed = inner
        return needed

    def _leaving(self, body: Block) -> Names:
        """Keeps what leaves a loop that is run, so that it ends where it did."""
        needed: Names = frozenset()
        for statement in body:
            if isinstance(statement, ast.Break | ast.Continue):
                self.kept.add(statement)
            elif isinstance(statement, ast.If):
                needed |= self._leaving(statement.body) | self._leaving(statement.orelse)
                if self._keeps_any(statement):
                    self.kept.add(statement)
                    needed |= scopes.used(statement.test)
        return needed

    def _keep(self, node: ast.stmt, bound: Names) -> None:
        self.kept.add(node)
        self.bound |= bound

    def _keeps_any(self, node: ast.stmt) -> bool:
        return any(each in self.kept for block in blocks(node) for each in block)


def _of_self(needed: Names) -> Names:
    return frozenset(name for name in needed if name.startswith("self."))


def _is_after_body(parent: ast.Try, around: Block) -> bool:
    return around is parent.orelse or around is parent.finalbody


def _headers(node: ast.stmt) -> Iterator[ast.AST]:
    """What a compound statement evaluates itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            yield from filter(None, [child.type])
        elif isinstance(child, ast.match_case):
            yield from filter(None, [child.pattern, child.guard])
        elif isinstance(child, ast.expr):
            yield child
