"""What an exception says, as the message of a check: one text, or one that is made when the check fails.

`torch._assert_async` takes a text that is there before the data is. So in place of a value stands the
expression that gives it, and only what no data can change is still filled in: `self.width`, `x.dtype`, sizes,
and the name that a caller gives what is checked.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...model import DataDependent
from ...python.binding.scopes import given, parameters, positional
from ...python.syntax.assignments import assignments, assignments_to
from ...python.syntax.names import call_name, dotted_name, is_name, last_name, method_name, names_in
from ...python.syntax.statements import Function
from ..edit.module import Code, code_at
from ..rewrite import NotOneLineError, Problem

Part = str | ast.expr

_SPEC = re.compile(r"%(?:\((?P<key>\w+)\))?[-#0 +]*[\d.*]*[diouxXeEfFgGcrsa]")
_FIXED = frozenset({"dtype", "device", "ndim", "__name__"})


@dataclass(frozen=True)
class Message:
    """`parts` are texts, and the values that stand between them; `node` is the user's expression.

    `labels` are parameters that are given a constant.
    """

    code: Code
    node: ast.expr
    parts: tuple[Part, ...]
    labels: frozenset[str] = frozenset()

    def text(self) -> str:
        """As a string that needs no data."""
        if all(isinstance(part, str) for part in self.parts):
            return self._as_it_is() or _quoted("".join(map(str, self.parts)))
        values = [part for part in self.parts if isinstance(part, ast.expr)]
        if all(map(self._is_fixed, values)) and self._is_plain and (whole := self._as_it_is()):
            return whole
        if not any(map(self._is_fixed, values)):
            return _quoted("".join(map(_named, self.parts)))
        inside = "".join(map(self._filled, self.parts))
        return f"f{_quoted(inside)}"

    def when_it_fails(self, gone: Iterable[str]) -> str:
        """For `lambda: …`, as the user has it; `gone` are names that are not there any more."""
        return (names_in(self.node).isdisjoint(gone) and self._as_it_is()) or self.text()

    def _as_it_is(self) -> str | None:
        try:
            return self.code.flat(self.node)
        except NotOneLineError:
            return None

    def _filled(self, part: Part) -> str:
        if isinstance(part, ast.expr) and self._is_fixed(part):
            return f"{{{ast.unparse(part)}}}"
        return _named(part).replace("{", "{{").replace("}", "}}")

    @property
    def _is_plain(self) -> bool:
        """Whether it is an f-string that formats no size: torch's have no `:4d`."""
        fields = self.node.values if isinstance(self.node, ast.JoinedStr) else [None]
        return not any(
            each is None
            or (isinstance(each, ast.FormattedValue) and each.format_spec and _is_size(each.value))
            for each in fields
        )

    def _is_fixed(self, value: ast.expr) -> bool:
        """Whether a value is known while torch traces, whatever the data is."""
        if _is_size(value):
            return True
        name = dotted_name(value)
        if not name:
            return False
        last = last_name(value)
        if name == last and (name in self.labels or self._is_named_as_text(name)):
            return True
        return last.isupper() or last in _FIXED or (name == f"self.{last}" and self._is_setting(name))

    def _is_named_as_text(self, name: str) -> bool:
        """Whether the function has a parameter of that name that is a `str`."""
        function = self.code.function_of(self.node)
        for parameter, default in given(function.args) if function is not None else ():
            constant = isinstance(default, ast.Constant) and isinstance(default.value, str)
            if parameter.arg == name and (constant or is_name(parameter.annotation, "str")):
                return True
        return False

    def _is_setting(self, name: str) -> bool:
        """Whether `__init__` gives the attribute a literal, or what it is given itself."""
        owner = self.code.class_of(self.node)
        made = (
            next((f for f in owner.body if isinstance(f, Function) and f.name == "__init__"), None)
            if owner
            else None
        )
        if made is None:
            return False
        named = {parameter for parameter, _ in parameters(made.args)}
        values = [v for s in ast.walk(made) for target, v in assignments(s) if dotted_name(target) == name]
        plain = (isinstance(v, ast.Constant) or (isinstance(v, ast.Name) and v.id in named) for v in values)
        return bool(values) and all(plain)


def message_of(
    code: Code,
    node: ast.expr | None,
    before: Sequence[ast.stmt] = (),
    labels: frozenset[str] = frozenset(),
) -> Message | None:
    """What an expression says; names that `before` or the function bind once count for what they are given."""
    if node is None:
        return None
    if isinstance(node, ast.Name):
        function = code.function_of(node)
        found = list(assignments_to(node.id, before or ([function] if function else [])))
        return message_of(code, found[0].value, labels=labels) if len(found) == 1 else None
    parts = _parts(node)
    return None if parts is None else Message(code, node, tuple(parts), labels)


def labels_of(problem: Problem, code: Code, node: ast.expr) -> frozenset[str]:
    """The parameters of the function around a node that its caller gives a constant: `check(h, "hidden")`."""
    failure, function = problem.failure, code.function_of(node)
    frame = failure.frame if isinstance(failure, DataDependent) else None
    caller = frame.calls[-1] if frame is not None and frame.calls else None
    there = code_at(problem, caller)
    call = there.expression_at(caller.range) if there is not None and caller is not None else None
    if function is None or not isinstance(call, ast.Call):
        return frozenset()
    names = [each.arg for each in positional(function.args)]
    if isinstance(call.func, ast.Attribute) and names[:1] == ["self"]:
        names = names[1:]
    passed = [*zip(names, call.args, strict=False), *((each.arg, each.value) for each in call.keywords)]
    return frozenset(name for name, value in passed if name and isinstance(value, ast.Constant))


_SIZES = frozenset({"size", "dim", "ndimension"})


def _is_size(value: ast.expr) -> bool:
    """`x.shape`, `tuple(x.shape)`, `x.shape[0]`, `x.size(0)`: not `len(x)`, which holds the program to it."""
    if isinstance(value, ast.Call) and call_name(value) in ("tuple", "list") and len(value.args) == 1:
        return _is_size(value.args[0])
    if isinstance(value, ast.Subscript):
        return _is_size(value.value) and isinstance(value.slice, (ast.Constant, ast.Slice, ast.UnaryOp))
    if method_name(value) in _SIZES:
        return isinstance(value.func, ast.Attribute) and bool(dotted_name(value.func.value))  # type: ignore[attr-defined]
    return isinstance(value, ast.Attribute) and value.attr == "shape" and bool(dotted_name(value.value))


def _parts(node: ast.expr) -> list[Part] | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [
            each.value if isinstance(each, ast.FormattedValue) else _literal(each) for each in node.values
        ]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _parts(node.left), _parts(node.right)
        return None if left is None or right is None else [*left, *right]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _of_percent(node)
    if isinstance(node, ast.Call):
        return _of_call(node)
    return None


def _literal(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _of_call(node: ast.Call) -> list[Part] | None:
    if last_name(node) in ("str", "repr") and len(node.args) == 1:
        return [node.args[0]]
    template = node.func.value if isinstance(node.func, ast.Attribute) else None
    if method_name(node) != "format" or not isinstance(template, ast.Constant):
        return None
    given = {each.arg: each.value for each in node.keywords}
    positional = iter(node.args)
    parts: list[Part] = []
    try:
        for text, field, _, _ in string.Formatter().parse(str(template.value)):
            parts.append(text)
            if field is not None:
                parts.append(_field(field, node.args, given, positional))
    except (ValueError, LookupError, StopIteration):
        return None
    return parts


def _field(
    field: str, args: Sequence[ast.expr], given: dict[str | None, ast.expr], positional: Iterator[ast.expr]
) -> ast.expr:
    name = re.split(r"[.\[]", field)[0]
    if not name:
        return next(positional)
    return args[int(name)] if name.isdigit() else given[name]


def _of_percent(node: ast.BinOp) -> list[Part] | None:
    """`"%d of %d" % (a, b)`."""
    if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
        return None
    if isinstance(node.right, ast.Dict) or "%(" in node.left.value:
        return None
    values = iter(node.right.elts if isinstance(node.right, ast.Tuple) else [node.right])
    texts = [each.replace("%%", "%") for each in _SPEC.split(node.left.value.replace("%%", "%%"))[::2]]
    parts: list[Part] = [texts[0]]
    for text in texts[1:]:
        value = next(values, None)
        if value is None:
            return None
        parts += [value, text]
    return parts


def _named(part: Part) -> str:
    return part if isinstance(part, str) else f"`{ast.unparse(part)}`"


def _quoted(text: str) -> str:
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)
