"""From an expression of a spec to what it stands for: through names, attributes, items, calls and loops.

What is not plainly one of these forms is left as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from ...model import Facts
from ...python.binding.scopes import given
from ...python.syntax.names import call_name, last_part
from ..edit.module import Code
from . import scopes
from .containers import items
from .repeated import Loop, mapped, spelled_out, with_texts
from .scopes import Binding, Found, Scope
from .written import Part, SpelledOutTexts

_DEEPEST = 24


class Follower:
    """Follows the expressions of one spec; `opened` gives the text of a file as it was traced."""

    def __init__(self, opened: Callable[[str], Code | None], facts: Facts) -> None:
        self._opened = opened
        self._facts = facts
        self.texts = SpelledOutTexts()

    def followed(self, found: Found) -> Found:
        """What an expression stands for: a literal, or whatever is no more a name of something."""
        for _ in range(_DEEPEST):
            step = self._step(found)
            if step is None:
                break
            found = replace(step, hops=(*found.hops, *step.hops))
        return found

    def bound(self, name: str, scope: Scope) -> Found | None:
        """What a name stands for where an expression has it, one step further."""
        if name in scope.given:
            return scope.given[name]
        if (store := scopes.store_of(name, scope)) is not None:
            return self._assigned(store, scope)
        if (default := scopes.parameter_of(name, scope)) is not None:
            return Found(scope.part(default), Scope(scope.code))
        return self._imported(name, scope.code)

    def _step(self, found: Found) -> Found | None:
        node = found.node
        if isinstance(node, ast.Name):
            return self.bound(node.id, found.scope)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, found)
        if isinstance(node, ast.Subscript):
            return self._item(node, found)
        if isinstance(node, ast.Call):
            return self._called(node, found)
        return self._loop(node, found) if isinstance(node, Loop) else None

    # -- names -----------------------------------------------------------------------------------------

    def _assigned(self, store: ast.Name, scope: Scope) -> Found | None:
        there = scopes.statement_of(store, scope.code)
        if there is None:
            return None
        statement, index, node = there
        inside = scope.inside(statement)
        value = Found(inside.part(node), inside)
        if index is None:
            binding = Binding(store.id, statement, value.part, inside)
            return Found(value.part, inside, (binding,))
        pieces = self._pieces(value)
        if index >= len(pieces):
            return None
        binding = Binding(store.id, statement, pieces[index], inside, index, pieces)
        return Found(pieces[index], inside, (binding,))

    def _pieces(self, value: Found) -> tuple[Part, ...]:
        """The parts that an assignment to several names takes its value apart into."""
        node = value.node
        if isinstance(node, ast.Call) and call_name(node) in ("list", "tuple") and len(node.args) == 1:
            return self._pieces(value.of(node.args[0]))
        whole = self._loop(node, value) if isinstance(node, Loop) else None
        if (
            whole is None
            and isinstance(node, ast.Call)
            and (text := mapped(node, value.part, self._plain(value)))
        ):
            whole = self._spelled(text, value)
        node = (whole or value).node
        if not isinstance(node, ast.Tuple | ast.List) or any(isinstance(e, ast.Starred) for e in node.elts):
            return ()
        return tuple((whole or value).part.of(each) for each in node.elts)

    def _imported(self, name: str, code: Code) -> Found | None:
        origin = scopes.imported(name, code)
        if origin is None or not origin[2]:
            return None
        module, level, attribute = origin
        there = self._module(module, level, code)
        return self.bound(attribute, Scope(there)) if there is not None and there is not code else None

    def _module(self, module: str, level: int, code: Code) -> Code | None:
        file = scopes.file_of(module, level, code, self._facts)
        return self._opened(file) if file is not None else None

    # -- attributes and items --------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, found: Found) -> Found | None:
        if (there := self._named_module(node.value, found.scope.code)) is not None:
            return self.bound(node.attr, Scope(there))
        owner = self.followed(found.of(node.value))
        code = owner.scope.code
        if isinstance(owner.node, ast.Call):
            own = [each.value for each in owner.node.keywords if each.arg == node.attr]
            if own:
                return Found(owner.part.of(own[0]), owner.scope)
        values = scopes.attributes(node.attr, code)
        if len(values) == 1:
            value, at = values[0]
            inside = Scope(code, at)
            return Found(inside.part(value), inside)
        method = scopes.function_named(node.attr, Scope(code), method=True)
        is_property = method is not None and bool(method.decorator_list)
        return self._returned(method, {}, code) if method is not None and is_property else None

    def _named_module(self, node: ast.expr, code: Code) -> Code | None:
        """The project's module that `specs` or `package.specs` names."""
        first, _, rest = (
            call_name(node).partition(".") if isinstance(node, ast.Name | ast.Attribute) else ("", "", "")
        )
        origin = scopes.imported(first, code) if first else None
        if origin is None:
            return None
        module, level, name = origin
        dotted = ".".join(filter(None, (module, name, rest)))
        return self._module(dotted, level, code)

    def _item(self, node: ast.Subscript, found: Found) -> Found | None:
        key = self.followed(found.of(node.slice)).node
        if not isinstance(key, ast.Constant):
            return None
        inside = items(found.of(node.value), self)
        return next((each.value for each in inside if each.key == key.value), None)

    # -- calls and loops -------------------------------------------------------------------------------

    def _called(self, node: ast.Call, found: Found) -> Found | None:
        name = call_name(node)
        if (
            name in ("dict", "tuple", "list", "copy.copy", "copy.deepcopy", "deepcopy")
            and len(node.args) == 1
        ):
            return found.of(node.args[0]) if not node.keywords else None
        if last_part(name) in ("map", "dims") and (text := mapped(node, found.part, self._plain(found))):
            return self._spelled(text, found)
        code, function = self._function(node, found.scope)
        if function is None or code is None:
            return None
        arguments = _arguments(function, node, found)
        if arguments is None:
            return None
        if (text := self._written_out(function, found, arguments)) is not None:
            return self._spelled(text, Found(found.part, Scope(code, function)))
        return self._returned(function, arguments, code)

    def _function(self, node: ast.Call, scope: Scope) -> tuple[Code | None, ast.FunctionDef | None]:
        if isinstance(node.func, ast.Attribute):
            if (there := self._named_module(node.func.value, scope.code)) is not None:
                return there, scopes.function_named(node.func.attr, Scope(there))
            return scope.code, scopes.function_named(node.func.attr, scope, method=True)
        if not isinstance(node.func, ast.Name):
            return None, None
        if (own := scopes.function_named(node.func.id, scope)) is not None:
            return scope.code, own
        origin = scopes.imported(node.func.id, scope.code)
        there = self._module(origin[0], origin[1], scope.code) if origin and origin[2] else None
        return there, scopes.function_named(origin[2], Scope(there)) if origin and there else None

    def _returned(
        self, function: ast.FunctionDef, arguments: Mapping[str, Found], code: Code
    ) -> Found | None:
        value = _return_value(function, code)
        if value is None:
            return None
        inside = Scope(code, value, dict(arguments))
        return Found(inside.part(value), inside)

    def _written_out(
        self, function: ast.FunctionDef, found: Found, arguments: Mapping[str, Found]
    ) -> str | None:
        """What a function that is called several times with names of its own gives for one call."""
        scope = found.scope
        value = _return_value(function, scope.code) if function in scope.code.parents else None
        texts = {name: each.part.text for name, each in arguments.items()}
        says = any(isinstance(each.node, ast.Constant) for each in arguments.values())
        if (
            value is None
            or isinstance(value, ast.Name)
            or not says
            or scopes.calls_of(function.name, scope.code) < 2
        ):
            return None
        return with_texts(scope.part(value), texts)

    def _loop(self, node: Loop, found: Found) -> Found | None:
        spelled = spelled_out(node, found.part, self._plain(found))
        return self._spelled(spelled[0], found, spelled[1]) if spelled is not None else None

    def _spelled(self, text: str, found: Found, template: Part | None = None) -> Found | None:
        up = found.scope.code.parents.get(found.node)
        unpacked = isinstance(up, ast.Assign) and all(isinstance(t, ast.Tuple | ast.List) for t in up.targets)
        part = self.texts.part(text, found.part, template, unpacked=unpacked)
        return Found(part, found.scope) if part is not None else None

    def _plain(self, found: Found) -> Callable[[Part], Part]:
        return lambda part: self.followed(Found(part, found.scope)).part


def _return_value(function: ast.FunctionDef, code: Code) -> ast.expr | None:
    returns = [n for n in ast.walk(function) if isinstance(n, ast.Return) and code.function_of(n) is function]
    return returns[0].value if len(returns) == 1 else None


def _arguments(function: ast.FunctionDef, call: ast.Call, found: Found) -> dict[str, Found] | None:
    """What each parameter of a function stands for in a call."""
    if any(isinstance(each, ast.Starred) for each in call.args) or any(k.arg is None for k in call.keywords):
        return None
    parameters = [(argument.arg, default) for argument, default in given(function.args)]
    if parameters and parameters[0][0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
        parameters = parameters[1:]
    names = [name for name, _ in parameters]
    defaults = {name: found.of(node) for name, node in parameters if isinstance(node, ast.Constant)}
    arguments = {name: found.of(node) for name, node in zip(names, call.args, strict=False)}
    return defaults | arguments | {str(k.arg): found.of(k.value) for k in call.keywords}
