"""Which of the things around a call are part of what it does: `with torch.no_grad():`, `@torch.inference_mode()`.

Each stays with the call, is entered before it, and named with the target. The rule: what only looks on or keeps
something open, a timer, a progress bar, a profiler or a file, is left out; so is what the text does not tell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ...model import Expression
from ...python.binding import scopes
from ...python.binding.api_tables import changes_arguments, changes_owner, sets_process
from ...python.binding.imports import Imports
from ...python.syntax.names import call_name, last_name
from ...python.syntax.statements import Function, Loop, of_scope
from ..classes.classes import Class, class_of
from ..classes.model_class import model_class_of
from ..finder import Module
from ..inputs.call_sites import expression_of
from ..repository.index import Definition
from ..repository.parsed import ParsedFile
from .effects import is_setting

_DEEPEST = 4
_LOOKS_ON = re.compile(
    r"torch\.(profiler|autograd\.(profiler|graph|set_detect_anomaly|detect_anomaly)|utils\.(benchmark|tensorboard)"
    r"|cuda\.(nvtx|profiler)|cuda\.memory)\b.*|torch\.(monitor|futures|distributed)\..*"
)
_OF_TORCH = re.compile(r"torch\..+|functorch\..+")
_DECORATORS = re.compile(
    r"torch\.(\w+\.)*(no_grad|inference_mode|enable_grad|set_grad_enabled|autocast|device|sdpa_kernel|config\.patch)"
)
_PATCHES = re.compile(r"([\w.]+\.)?(patch|monkeypatch|mocker)(\.\w+)*")
_BY_NAME = re.compile(
    r"\w*(patch|no_grad|inference_mode|autocast|precision|default_dtype|empty_weights|attention_kernel|adapter"
    r"|evaluating|eval_mode|export_mode|exporting|exportable|set_exportable|override|fake_mode)\w*",
    re.IGNORECASE,
)
_REPEATABLE = re.compile(r"seed|cudnn|deterministic|num_threads|sys\.path")
_LONGEST = 15  # statements
_STACK = "contextlib.ExitStack"

Path = Sequence[ast.stmt]


class Contexts:
    """Those of one file."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def count(self, node: ast.expr, path: Path = ()) -> bool:
        """Whether a context manager is part of what a call in it does."""
        return self._counts(node, self._module.parsed, path, 0)

    def of(self, path: Path) -> tuple[Expression, ...]:
        """What the last statement of `path` stands in, outermost first."""
        source = self._module.source
        return tuple(expression_of(each, source) for each in self.around(path))

    def around(self, path: Path) -> Iterator[ast.expr]:
        """The context managers and decorators that count, outermost first."""
        for index, statement in enumerate(path[:-1]):
            if isinstance(statement, ast.With):
                yield from (e.context_expr for e in statement.items if self.count(e.context_expr, path))
                yield from self._entered(statement, path[index:])
            elif isinstance(statement, Function):
                yield from self.decorators(statement)

    def decorators(self, function: Function) -> Iterator[ast.expr]:
        """The decorators that count; the first is the outermost."""
        yield from (each for each in function.decorator_list if self._decorates(each))

    def _decorates(self, node: ast.expr) -> bool:
        dotted = self._module.imports.dotted(node.func if isinstance(node, ast.Call) else node)
        return self.count(node) and bool(not _OF_TORCH.fullmatch(dotted) or _DECORATORS.fullmatch(dotted))

    def sets(self, statement: ast.stmt) -> bool:
        """`configure()`, where the function sets something for the whole process and takes no time.

        What only makes random numbers repeatable is no reason to run what it is given.
        """
        return self._is_call_that_sets(statement, self._module.parsed, 0)

    def _is_call_that_sets(self, statement: ast.stmt, home: ParsedFile, depth: int) -> bool:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or depth > _DEEPEST:
            return False
        found = self._module.index.definition_of(call.func, home)
        if found is None or not isinstance(found.node, ast.FunctionDef):
            return False
        body = list(of_scope(found.node.body))
        if len(body) > _LONGEST or any(isinstance(each, Loop | ast.With | ast.AsyncWith) for each in body):
            return False
        # Whether a name of this file counts, those who need it tell.
        if found.home is not self._module.parsed and scopes.sets_around(found.node):
            return True
        settings = (each for each in body if is_setting(each, found.home.imports))
        return any(not is_repeatable(ast.unparse(each)) for each in settings) or any(
            self._is_call_that_sets(each, found.home, depth + 1) for each in body
        )

    def enters(self, statement: ast.stmt) -> bool:
        """`quiet.__enter__()`, and `stack.enter_context(torch.no_grad())`."""
        match getattr(statement, "value", None):
            case ast.Call(func=ast.Attribute(value=manager, attr="__enter__" | "__exit__")):
                return self.count(manager)
            case ast.Call(func=ast.Attribute(attr="enter_context"), args=[manager]):
                return self.count(manager)
        return False

    def _stack_names(self, statement: ast.With) -> frozenset[str]:
        made = (e for e in statement.items if self._dotted(e.context_expr) == _STACK and e.optional_vars)
        return scopes.bound(e.optional_vars for e in made if e.optional_vars)

    def _entered(self, statement: ast.With, path: Path) -> Iterator[ast.expr]:
        """What `stack.enter_context(…)` enters, above the last statement of `path`."""
        names = self._stack_names(statement)
        for each in of_scope(statement.body) if names else ():
            if each.lineno < path[-1].lineno and isinstance(each, ast.Expr | ast.Assign):
                match each.value:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="enter_context"), args=[given]
                    ):
                        if name in names and self.count(given, path):
                            yield given

    def _dotted(self, node: ast.expr) -> str:
        return self._module.imports.dotted(node.func if isinstance(node, ast.Call) else node)

    def _counts(self, node: ast.expr, home: ParsedFile, path: Path, depth: int) -> bool:
        if depth > _DEEPEST:
            return False
        if isinstance(node, ast.IfExp):
            return any(self._counts(each, home, path, depth + 1) for each in (node.body, node.orelse))
        dotted = home.imports.dotted(node.func if isinstance(node, ast.Call) else node)
        if _OF_TORCH.fullmatch(dotted):
            return not _LOOKS_ON.fullmatch(dotted)
        found = self._module.index.resolve(call_name(node), home)
        if found is not None:
            return self._does_something(found, depth + 1)
        owner = self._class_of(node, home, path)
        if owner is not None:
            return self._does_something(Definition(owner.home, owner.node), depth + 1)
        part = node.func if isinstance(node, ast.Call) else node
        owner = self._class_of(part.value, home, path) if isinstance(part, ast.Attribute) else None
        if owner is not None and isinstance(part, ast.Attribute):
            return self._member_counts(owner, part.attr, path, depth + 1)
        name = scopes.own_name(node)
        if name is not None and name not in home.imports.by_name:
            return any(self._counts(each, home, path, depth + 1) for each in _values(name, home))
        called = last_name(node) if isinstance(node, ast.Call) else dotted.rpartition(".")[2]
        return bool(_PATCHES.fullmatch(dotted) or _BY_NAME.fullmatch(called))

    def _class_of(self, node: ast.expr, home: ParsedFile, path: Path) -> Class | None:
        """The class of `self` and `cls`, of an instance, and of a class's own name."""
        owner = next((each for each in path if isinstance(each, ast.ClassDef)), None)
        if home is not self._module.parsed:
            return None
        if isinstance(node, ast.Name) and node.id in ("self", "cls"):
            found = Definition(home, owner) if owner is not None else None
        else:
            of_instance = model_class_of(node, path, self._module)
            found = self._module.index.resolve(of_instance or call_name(node), home)
        if found is None or not isinstance(found.node, ast.ClassDef):
            return None
        return class_of(found, self._module.index)

    def _member_counts(self, owner: Class, name: str, path: Path, depth: int) -> bool:
        """Of `self.quiet()` what the method does, or what an attribute of the class is."""
        method = owner.method(name)
        if method is not None:
            return self._does_something(Definition(owner.home, method), depth)
        value = owner.attribute(name)
        if isinstance(value, ast.Call) and last_name(value) in ("staticmethod", "classmethod") and value.args:
            value = value.args[0]
        return value is not None and self._counts(value, owner.home, path, depth)

    def _does_something(self, found: Definition, depth: int) -> bool:
        """Whether a context manager of the repository, or a decorator, sets something that a model may ask for."""
        return any(self._sets(node, found.home, depth) for node in ast.walk(found.node))

    def _sets(self, node: ast.AST, home: ParsedFile, depth: int) -> bool:
        match node:
            case ast.withitem(context_expr=manager):
                return self._counts(manager, home, (), depth)
            case ast.Return(value=ast.expr() as value):
                return self._counts(value, home, (), depth)
            case ast.Global():
                return True
            case ast.Assign(targets=targets):
                return any(_is_outside(target) for target in targets)
            case ast.Delete(targets=targets):
                return any(_is_outside(target) for target in targets)
            case ast.Call():
                return _changes(node, home.imports)
            case ast.ClassDef(bases=bases) if depth <= _DEEPEST:
                return any(self._counts(base, home, (), depth) for base in bases)
        return False


def is_repeatable(text: str) -> bool:
    """Whether what a statement sets only makes random numbers, or the time that it takes, repeatable."""
    return bool(_REPEATABLE.search(text))


def _changes(call: ast.Call, imports: Imports) -> bool:
    dotted = imports.dotted(call.func)
    if sets_process(dotted) or changes_arguments(dotted):
        return True
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    is_mode = last_name(call) in ("eval", "train", "requires_grad_", "__enter__")
    return owner is not None and (is_mode or (changes_owner(last_name(call)) and _of_torch(owner, imports)))


def _of_torch(node: ast.expr, imports: Imports) -> bool:
    return imports.dotted(node).startswith("torch.")


def _is_outside(target: ast.expr) -> bool:
    """`STATE["exporting"]`, `config.mode`, and not `self.start`."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return any(
        isinstance(each, ast.Attribute | ast.Subscript) and scopes.root(each) is not None
        for each in parts
        if not scopes.attribute_of_self(each)
    )


def _values(name: str, home: ParsedFile) -> Iterator[ast.expr]:
    """What a name is bound to, anywhere in its file."""
    for each in home.nodes.of(ast.Assign):
        if any(scopes.own_name(target) == name for target in each.targets):
            yield each.value
