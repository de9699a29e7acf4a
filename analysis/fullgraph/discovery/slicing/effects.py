"""Which statements are run though they bind no name, and which are left out though they bind one.

All of it is said in tables. A statement that is in none of them, and binds no name that is needed, is not
run: better a model in training mode than a training loop.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...python import scopes
from ...python.imports import Imports

_SETTINGS = re.compile(
    r"""torch\.(manual_seed|seed|set_\w+|use_deterministic_algorithms)
      | torch\.(cuda|xpu|mps|random)\.manual_seed(_all)?
      | torch\.library\.\w+ | torch\.ops\.load_library | torch\._C\._set_\w+
      | torch\.export\.(register_dataclass|register_\w+)
      | (torch\.utils\._pytree|optree|torch\.utils\.pytree)\.(_?register_pytree_node|register_\w+)
      | torch\.serialization\.add_safe_globals
      | (random|numpy\.random)\.seed
      | sys\.path\.(append|insert|extend)
      | os\.environ\.(setdefault|update)
    """,
    re.VERBOSE,
)
"""Calls that set something for the whole process, or register something with torch."""

_SETTABLE = re.compile(r"torch\.|os\.environ\b|sys\.path\b")
"""What an assignment to an attribute or an item sets for the whole process."""

_REGISTERING = re.compile(r"torch\.(library|ops)\.|torch\.export\.register|torch\.utils\._pytree\.")
_REGISTERS_BY = re.compile(r"(register|impl)\w*$")
"""Decorators that register what stands below them."""

_CHANGING = re.compile(
    r"""eval|train|to|half|float|double|bfloat16|cpu|cuda|type|apply|compile|tie_weights
      | append|appendleft|extend|insert|update|setdefault|pop|remove|clear|sort|reverse|add|discard
      | _?(set|add|register|enable|disable|freeze|unfreeze|fuse|init|reset|remove|define|impl|merge)(_\w+)?
      | \w*[a-z0-9]_
    """,
    re.VERBOSE,
)
"""Methods, called as a statement, that change what they are called on, and take no time."""

_MODES = frozenset({"eval", "train", "to", "half", "float", "double", "bfloat16", "cpu", "cuda"})
_TRAINING = re.compile(r"(re|pre|fine_?)?(train|fit|tune)(_\w+)?|fit|train_\w+|_train\w*")


def is_setting(statement: ast.stmt, imports: Imports) -> bool:
    """Whether a statement sets something for the whole process that models depend on."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return bool(_SETTINGS.fullmatch(imports.dotted(statement.value.func)))
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return any(_is_settable(target, imports) for target in targets)


def libraries(tree: ast.Module, imports: Imports) -> frozenset[str]:
    """The names of libraries of operators: what is defined in them is called by other names, `torch.ops.mylib.op`."""
    made = (
        statement
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and imports.dotted(statement.value.func) == "torch.library.Library"
    )
    return frozenset(name for statement in made for name in scopes.bound([statement]))


def registers(definition: scopes.Function | ast.ClassDef, imports: Imports) -> bool:
    """Whether a decorator registers the definition, so that it counts without being called by name."""
    for decorator in definition.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        dotted = imports.dotted(called)
        if _REGISTERING.match(dotted) or _REGISTERS_BY.match(dotted.rpartition(".")[2]):
            return True
    return False


def changed(statement: ast.stmt, *, in_loop: bool) -> frozenset[str]:
    """The names whose values a statement changes without binding them."""
    if isinstance(statement, ast.Expr):
        return frozenset(_changed_by(statement.value, in_loop))
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign | ast.Delete):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    parts = (part for target in targets for part in ast.walk(target))
    roots = (scopes.root(part) for part in parts if isinstance(part, ast.Attribute | ast.Subscript))
    return frozenset(filter(None, roots))


def trains(statement: ast.stmt) -> bool:
    """Whether it is like `model = train(model, data)`: without it the model is there all the same."""
    if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)):
        return False
    call = statement.value
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = scopes.used(call)
    return bool(_TRAINING.fullmatch(name)) and bool(given & scopes.bound(statement.targets))


def _is_settable(target: ast.expr, imports: Imports) -> bool:
    if isinstance(target, ast.Subscript):
        target = target.value
    elif not isinstance(target, ast.Attribute):
        return False
    return bool(_SETTABLE.match(imports.dotted(target)))


def _changed_by(value: ast.expr, in_loop: bool) -> Iterator[str]:
    if not isinstance(value, ast.Call):
        return
    function = value.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    # To set a mode in each round of a loop is what training loops do: no reason to run one.
    if in_loop and called in _MODES:
        return
    if isinstance(function, ast.Attribute) and _CHANGING.fullmatch(called):
        yield from filter(None, [_receiver(function.value)])
    if (called.endswith("_") and not called.endswith("__")) or called in ("setattr", "delattr"):
        yield from filter(None, (scopes.root(each) for each in value.args[:1]))


def _receiver(node: ast.expr) -> str | None:
    """`model` of `model.eval().half()`."""
    while isinstance(node, ast.Call | ast.Attribute) and not scopes.attribute_of_self(node):
        node = node.func if isinstance(node, ast.Call) else node.value
    return scopes.root(node)
