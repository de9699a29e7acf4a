"""Where observers go: one syntax tree rewritten so that values pass through a function of ours.

The rule: the rewritten tree evaluates the same things in the same order, and asks every value for its
truth exactly as often. An expression of which that cannot be said stays as it is, with what is inside
it still observed. Every inserted node carries the place of the expression it stands around, so a
traceback points at the text the user wrote.

Nothing outside of function bodies is touched, nor what is not a value: annotations, type parameters,
patterns, targets.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from ...model import Construct, Range
from .sites import OBSERVER, Binding, Kind, Site, Text


def rewrite(tree: ast.Module, text: str, base: int) -> tuple[Site, ...]:
    """Puts the observer into `tree`, the tree of `text`, in place; the first site has the number `base`."""
    rewriter = _Rewriter(Text(text), base)
    rewriter.visit(tree)
    return tuple(rewriter.sites)


_KINDS: dict[type[ast.AST], Kind] = {
    ast.Name: "name",
    ast.Attribute: "attribute",
    ast.Subscript: "subscript",
    ast.Call: "call",
    ast.BinOp: "binary",
    ast.UnaryOp: "unary",
    ast.BoolOp: "boolean",
    ast.Compare: "comparison",
    ast.IfExp: "conditional",
    ast.List: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.Dict: "dict",
    ast.ListComp: "comprehension",
    ast.SetComp: "comprehension",
    ast.DictComp: "comprehension",
    ast.Await: "await",
}

# What the compiler can fold. It stays whole: `(1, 2)` is one constant, `if __debug__:` disappears.
_LITERAL = (
    ast.Constant,
    ast.UnaryOp,
    ast.BinOp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)

# Python 3.10 and 3.11 parse the inside of an f-string apart and sometimes misplace it.
_FSTRING_PLACES_HOLD = sys.version_info >= (3, 12)

# `a + b + … ` of a thousand terms is a tree a thousand deep, and the observer would make it two thousand,
# beyond what the compiler takes. Nothing inside of that many expressions is observed.
_DEEPEST = 60

_Node = TypeVar("_Node", bound="ast.AST | None")
_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef)
_Loop = TypeVar("_Loop", ast.For, ast.AsyncFor)
_NO_BINDINGS: tuple[Binding, ...] = ()


class _Rewriter(ast.NodeTransformer):
    def __init__(self, text: Text, base: int) -> None:
        self.sites: list[Site] = []
        self._text = text
        self._base = base
        self._prefix = ""  # of the qualified names of what is defined here
        self._function = ""  # the function around, "" outside of any
        self._depth = 0
        self._in_fstring = False
        self._fstring_places: set[Range] = set()

    # -- expressions -------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        return self._value(node) if isinstance(node, ast.expr) else super().visit(node)

    def _value(
        self, node: ast.expr, construct: Construct | None = None, bindings: tuple[Binding, ...] = _NO_BINDINGS
    ) -> ast.expr:
        """`node` with its parts observed, and itself where it is a value of the running program."""
        if self._depth >= _DEEPEST or _is_literal(node):
            return node
        kind = self._kind(node)
        self._depth += 1
        super().visit(node)
        self._depth -= 1
        return self._observed(node, kind, construct, bindings) if kind else node

    def _kind(self, node: ast.expr) -> Kind | None:
        """What the site of `node` is to be called; None: `node` itself is not observed."""
        is_target = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        if not self._function or is_target or _is_bare_super(node):
            return None
        return _KINDS.get(type(node)) if self._place_holds(node) else None

    def _place_holds(self, node: ast.expr) -> bool:
        if not self._in_fstring or type(node) not in _KINDS:
            return True
        place = self._text.range(node)
        if place in self._fstring_places or not self._text.reads_as(node):
            return False
        self._fstring_places.add(place)
        return True

    def _observed(
        self, node: ast.expr, kind: Kind, construct: Construct | None, bindings: tuple[Binding, ...]
    ) -> ast.expr:
        number = ast.Constant(self._base + len(self.sites))
        observer = ast.Name(OBSERVER, ast.Load())
        call = ast.Call(func=observer, args=[number, node], keywords=[])
        for part in (number, observer, call):
            ast.copy_location(part, node)
        self.sites.append(Site(self._text.range(node), kind, self._function, construct, bindings))
        return call

    def visit_Call(self, node: ast.Call) -> ast.Call:
        # What is called by its name or as a method has no value of its own to tell: the call has. And
        # `super().forward` keeps the form that the compiler knows.
        if isinstance(node.func, ast.Attribute):
            node.func.value = self._value(node.func.value)
        elif not isinstance(node.func, ast.Name):
            node.func = self._value(node.func)
        node.args = self._each(node.args)
        node.keywords = self._each(node.keywords)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        node.value = self._value(node.value)
        # `x[1:, i]` has a tuple of slices, which only a subscript may hold.
        if isinstance(node.slice, ast.Tuple):
            self.generic_visit(node.slice)
        else:
            node.slice = self._value(node.slice)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        outer, self._in_fstring = self._in_fstring, not _FSTRING_PLACES_HOLD
        self.generic_visit(node)
        self._in_fstring = outer
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        node.value = self._value(node.value, None, self._bindings([node.target]))
        return node

    # -- truth -------------------------------------------------------------------------------------

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        return self._tested_operands(node, None)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.UnaryOp:
        if isinstance(node.op, ast.Not):
            return self._tested_not(node, None)
        node.operand = self._value(node.operand)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        node.test = self._tested(node.test, "ternary")
        node.body = self._value(node.body)
        node.orelse = self._value(node.orelse)
        return node

    def _tested(self, node: ast.expr, construct: Construct | None) -> ast.expr:
        """`node` where its truth decides a jump, or may.

        `if a and b:` asks `a` once; with the value of the whole `a and b` taken out, a false `a` would be
        asked twice. So what compiles to jumps is left bare, and its leaves are observed.
        """
        compound = _JUMPS.get(type(node))
        if compound is None or self._depth >= _DEEPEST:
            return self._value(node, construct)
        self._depth += 1
        tested = compound(self, node, construct)
        self._depth -= 1
        return tested

    def _tested_operands(self, node: ast.BoolOp, construct: Construct | None) -> ast.BoolOp:
        # The last operand of `x = a and b` is not asked for its truth.
        *asked, last = node.values
        node.values = [self._tested(value, construct or "boolop") for value in asked]
        node.values.append(self._tested(last, construct))
        return node

    def _tested_unary(self, node: ast.UnaryOp, construct: Construct | None) -> ast.expr:
        is_not = isinstance(node.op, ast.Not)
        return self._tested_not(node, construct) if is_not else self._value(node, construct)

    def _tested_not(self, node: ast.UnaryOp, construct: Construct | None) -> ast.UnaryOp:
        node.operand = self._tested(node.operand, construct or "not")
        return node

    def _tested_ternary(self, node: ast.IfExp, construct: Construct | None) -> ast.IfExp:
        node.test = self._tested(node.test, "ternary")
        node.body = self._tested(node.body, construct)
        node.orelse = self._tested(node.orelse, construct)
        return node

    def _tested_comparison(self, node: ast.Compare, construct: Construct | None) -> ast.expr:
        # `a < b < c` asks `a < b`, as `and` would.
        if len(node.ops) == 1:
            return self._value(node, construct)
        self.generic_visit(node)
        return node

    def _tested_walrus(self, node: ast.NamedExpr, construct: Construct | None) -> ast.NamedExpr:
        node.value = self._value(node.value, construct, self._bindings([node.target]))
        return node

    # -- statements --------------------------------------------------------------------------------

    def visit_If(self, node: ast.If) -> ast.If:
        # A loop, because a chain of `elif` is as deep a tree as it is long.
        branch = node
        while True:
            branch.test = self._tested(branch.test, "if")
            branch.body = self._each(branch.body)
            if len(branch.orelse) != 1 or not isinstance(branch.orelse[0], ast.If):
                break
            branch = branch.orelse[0]
        branch.orelse = self._each(branch.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        node.test = self._tested(node.test, "while")
        node.body = self._each(node.body)
        node.orelse = self._each(node.orelse)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        node.test = self._tested(node.test, "assert")
        node.msg = self._maybe(node.msg)
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        return self._loop(node)

    def _loop(self, node: _Loop) -> _Loop:
        node.target = self._value(node.target)
        node.iter = self._value(node.iter, "for")
        node.body = self._each(node.body)
        node.orelse = self._each(node.orelse)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.target = self._value(node.target)
        node.iter = self._value(node.iter, "for")
        node.ifs = [self._tested(condition, "comprehension") for condition in node.ifs]
        return node

    def visit_Match(self, node: ast.Match) -> ast.Match:
        node.subject = self._value(node.subject, "match")
        node.cases = self._each(node.cases)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        node.guard = node.guard and self._tested(node.guard, "match")
        node.body = self._each(node.body)
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        node.value = node.value and self._value(node.value, "return")
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        node.targets = self._each(node.targets)
        node.value = self._assigned(node.targets, node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.target = self.visit(node.target)
        node.value = node.value and self._value(node.value, None, self._bindings([node.target]))
        return node

    def _assigned(self, targets: Sequence[ast.expr], value: ast.expr) -> ast.expr:
        """The right-hand side; `a, b = b, a` builds no tuple, so there each element is one."""
        elements = _elements(value)
        names = _elements(targets[0]) if len(targets) == 1 else []
        if not elements or len(elements) != len(names):
            return self._value(value, None, self._bindings(targets))
        elements[:] = [self._assigned([name], element) for name, element in zip(names, elements, strict=True)]
        return value

    def _bindings(self, targets: Sequence[ast.expr]) -> tuple[Binding, ...]:
        return tuple(
            Binding(target.id, self._text.range(target), element)
            for whole in targets
            for target, element in _parts(whole)
            if isinstance(target, ast.Name)
        )

    # -- definitions -------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._definition(node)

    def _definition(self, node: _Function) -> _Function:
        node.decorator_list = self._each(node.decorator_list)
        node.args = self.visit(node.args)
        with self._scope(node.name, function=True):
            node.body = self._each(node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args = self.visit(node.args)
        with self._scope("<lambda>", function=True):
            node.body = self._value(node.body)
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        node.defaults = self._each(node.defaults)
        node.kw_defaults = self._each(node.kw_defaults)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.decorator_list = self._each(node.decorator_list)
        # With type parameters (`class A[T](Base[T])`) the bases belong to a scope of their own.
        if not getattr(node, "type_params", None):
            node.bases = self._each(node.bases)
            node.keywords = self._each(node.keywords)
        with self._scope(node.name, function=False):
            node.body = self._each(node.body)
        return node

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        return node

    # -- the walk ----------------------------------------------------------------------------------

    def _each(self, nodes: list[_Node]) -> list[_Node]:
        return [self._maybe(node) for node in nodes]

    def _maybe(self, node: _Node) -> _Node:
        return node if node is None else self.visit(node)

    @contextmanager
    def _scope(self, name: str, *, function: bool) -> Iterator[None]:
        outer = self._prefix, self._function
        qualified = self._prefix + name
        self._function = qualified if function else ""
        self._prefix = f"{qualified}.<locals>." if function else f"{qualified}."
        yield
        self._prefix, self._function = outer


# What the compiler turns into jumps where only its truth is asked.
_JUMPS: dict[type[ast.expr], Callable[[_Rewriter, Any, Construct | None], ast.expr]] = {
    ast.BoolOp: _Rewriter._tested_operands,
    ast.UnaryOp: _Rewriter._tested_unary,
    ast.IfExp: _Rewriter._tested_ternary,
    ast.Compare: _Rewriter._tested_comparison,
    ast.NamedExpr: _Rewriter._tested_walrus,
}


def _is_literal(node: ast.expr) -> bool:
    return all(
        isinstance(part, _LITERAL) or (isinstance(part, ast.Name) and part.id == "__debug__")
        for part in ast.walk(node)
    )


def _is_bare_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _elements(node: ast.expr) -> list[ast.expr]:
    """The elements of a display of known length, empty where `node` is none."""
    if not isinstance(node, ast.Tuple | ast.List) or any(isinstance(e, ast.Starred) for e in node.elts):
        return []
    return node.elts


def _parts(target: ast.expr) -> Iterator[tuple[ast.expr, int | None]]:
    """What a target binds, each with the index of the element it gets (None: the whole value)."""
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, None
        return
    stars = [index for index, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    for index, part in enumerate(target.elts):
        after_star = bool(stars) and index > stars[0]
        yield part, index - len(target.elts) if after_star else index
