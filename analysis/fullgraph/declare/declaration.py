"""A target that was found, as somebody would write it down: one expression for each of its parts.

Names of the function that a call stands in are replaced by what they are bound to. Where that cannot be
said in one expression (a loop fills a list, a file is read into it) there is a reason instead of a text.
"""

from __future__ import annotations

import ast
import copy
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..discovery.precedence import WRITTEN
from ..discovery.slicing import effects
from ..discovery.slicing.set_up import SET_UP
from ..model import Target
from ..python.binding import scopes
from ..python.binding.api_tables import RETURN_THE_MODULE
from ..python.syntax.statements import Function, blocks
from ..text.source import SyntaxProblem, parse_expression, parse_module

PARTS = ("model", "args", "kwargs", "dynamic_shapes")
_MODES = RETURN_THE_MODULE - {"cuda", "cpu"}
_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Why a target cannot be written down: words for the user."""

    message: str


@dataclass(frozen=True, slots=True)
class Written:
    """The expressions of a target, by the names that a comment and a table have for them."""

    parts: Mapping[str, str]
    strict: bool


def written(target: Target) -> Written | Unwritable:
    """The expressions, as they are understood in the target's own file."""
    if target.origin in WRITTEN:
        return Unwritable("it is already declared")
    if target.origin == "inferred" and target.args is None:
        return Unwritable("its inputs are inferred during the check")
    if target.made_up:
        names = ", ".join(f"`{each.name}`" for each in target.made_up)
        return Unwritable(f"nothing gives {names}, and no value is known that fits in an expression")
    if target.context and target.origin == "call":
        return Unwritable(f"a declaration cannot say that its call stands in `{target.context[0].text}`")
    known = _bindings(target) if target.slice and target.slice.reached else {}
    parts: dict[str, str] = {}
    for name in PARTS:
        text = _part(target, name, known)
        if isinstance(text, Unwritable):
            return text
        if text:
            parts[name] = text
    return Written(parts, target.strict)


def comment(said: Written, indent: str, name: str, *, strict: bool) -> str:
    """The lines of a comment, without a line break at the end; `name` is the class it stands above."""
    parts = [f"{key}={text}" for key, text in said.parts.items() if text != f"{name}()"]
    if said.strict != strict:
        parts.append(f"strict={said.strict}")
    lines = [f"{indent}# fullgraph: {parts[0] if parts else 'args=()'}"]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 2 <= _WIDEST:
            lines[-1] += f", {part}"
        else:
            lines[-1] += ","
            lines.append(f"{indent}#     {part}")
    return "\n".join(lines)


def table(said: Written, module: str, *, strict: bool) -> str:
    """A `[[tool.fullgraph.targets]]` table, with a line break at the end."""
    lines = ["[[tool.fullgraph.targets]]", f"module = {_toml(module)}"]
    lines += [f"{key} = {_toml(text)}" for key, text in said.parts.items()]
    lines += [f"strict = {str(said.strict).lower()}"] if said.strict != strict else []
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _part(target: Target, name: str, known: Mapping[str, ast.expr | None]) -> str | Unwritable:
    part = getattr(target, name)
    if part is None:
        return ""
    tree = parse_expression(part.text)
    if isinstance(tree, SyntaxProblem):
        return Unwritable(f"`{part.text}` is not a single expression")
    made = parse_expression(target.model.text)
    bound = {} if isinstance(made, SyntaxProblem) else _made(made)
    try:
        value = _inlined(tree.body, {**known, **bound})
    except _UnknownError as error:
        return Unwritable(f"it depends on `{error}`, which does not fit in a single expression")
    if name == "args" and target.single and not isinstance(value, ast.Tuple):
        value = ast.Tuple([value], ast.Load())
    return text_of(value)


def text_of(value: ast.expr) -> str:
    """An expression as people write it."""
    text = ast.unparse(ast.fix_missing_locations(value))
    # A double quote inside of an f-string ends it, before Python 3.12.
    formatted = any(isinstance(each, ast.JoinedStr) for each in ast.walk(value))
    return text if formatted else _double_quoted(text)


def _double_quoted(text: str) -> str:
    """With strings as people write them: `ast.unparse` takes single quotes wherever it can."""
    pieces, end = [], 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        said = token.string
        if token.type == tokenize.STRING and said[0] == "'" and not {'"', "\\"}.intersection(said):
            start = token.start[1]  # `unparse` gives one line
            pieces += [text[end:start], f'"{said[1:-1]}"']
            end = token.end[1]
    return "".join([*pieces, text[end:]])


def _made(tree: ast.Expression) -> dict[str, ast.expr]:
    """`{"made": Net()}` of `(made := Net())`."""
    walrus = (node for node in ast.walk(tree) if isinstance(node, ast.NamedExpr))
    return {node.target.id: node.value for node in walrus if isinstance(node.target, ast.Name)}


def _inlined(node: ast.expr, known: Mapping[str, ast.expr | None]) -> ast.expr:
    """A new tree: the one that is given is shared with others."""
    own = ast.parse(ast.unparse(node), mode="eval").body
    return _Inlined(known).visit(own)  # type: ignore[no-any-return]


class _UnknownError(Exception):
    pass


class _Inlined(ast.NodeTransformer):
    """Puts what names are bound to in their place; one that is bound to None stops it."""

    def __init__(self, known: Mapping[str, ast.expr | None]) -> None:
        self._known = known

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = scopes.attribute_of_self(node)
        if ast.unparse(node) == "torch.export.Dim":
            return ast.Name("Dim", ast.Load())  # which is at hand wherever a target is written
        return self._put(name, node) if name else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._put(node.id, node)

    def _put(self, name: str, node: ast.expr) -> ast.expr:
        if name not in self._known:
            if name.startswith("self."):
                raise _UnknownError(name)
            return node
        value = self._known[name]
        if value is None:
            raise _UnknownError(name)
        return value


def _bindings(target: Target) -> dict[str, ast.expr | None]:
    """What the names of the functions around a call hold when it is reached."""
    assert target.slice is not None
    tree = copy.deepcopy(parse_module(target.slice.text))  # what is put in changes it
    known: dict[str, ast.expr | None] = {}
    if isinstance(tree, SyntaxProblem) or target.slice.reached is None:
        return known
    for statement in _inside(tree.body, target.slice.reached.line + 1):
        _learn(statement, known)
    return known


def _inside(body: Sequence[ast.stmt], line: int, *, top: bool = True) -> Iterator[ast.stmt]:
    """The statements that run before `line` is reached, those of the scopes around it included."""
    for statement in body:
        if statement.lineno > line:
            return
        holds = (statement.end_lineno or 0) >= line
        if isinstance(statement, Function | ast.ClassDef):
            if holds or statement.name in SET_UP:
                yield from _inside(statement.body, line, top=False)
            elif not top:
                yield statement
        elif holds and any(blocks(statement)):
            if isinstance(statement, ast.For | ast.With):
                yield statement
            for block in blocks(statement):
                yield from _inside(block, line, top=top)
        else:
            yield statement


def _learn(statement: ast.stmt, known: dict[str, ast.expr | None]) -> None:
    match statement:
        case ast.Assign(targets=[target], value=value) if _name(target):
            _bind(_name(target), value, known)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver, attr=attribute), args=args)) if (
            _name(receiver) in known and attribute in _MODES
        ):
            before = known[_name(receiver)]
            call = ast.Call(ast.Attribute(before, attribute, ast.Load()), args, []) if before else None
            known[_name(receiver)] = call
        case ast.Import() | ast.ImportFrom():
            return
        case _:
            inner = (each for each in ast.walk(statement) if isinstance(each, ast.stmt))
            changed = frozenset().union(*(effects.changed(each, in_loop=False) for each in inner))
            known.update(dict.fromkeys(scopes.bound([statement]) | (changed & known.keys())))


def _name(node: ast.expr) -> str:
    return scopes.own_name(node) or ""


def _bind(name: str, value: ast.expr, known: dict[str, ast.expr | None]) -> None:
    try:
        known[name] = _inlined(value, known)
    except _UnknownError:
        known[name] = None
