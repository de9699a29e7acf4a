"""The dynamic-shapes spec of one target: each entry, and where the Dims it speaks of are made.

A spec stands in a comment, a TOML string, an assignment or a call; its parts can be names that the project
binds elsewhere. Whatever is not plainly one of the forms that are followed is no entry, and is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property

from ...model import Edit, Expression, Place, SpecPath
from ...python.binding import scopes
from ...text.source import parse_expression
from ..edit.module import Code, code_at
from ..rewrite import Problem
from ..spec.containers import items
from ..spec.entries import Entry, dim_spelling, entries, removed
from ..spec.following import Follower
from ..spec.scopes import Binding, Found, Scope
from ..spec.written import Part, Written, quote_in, written_part

__all__ = ["Binding", "Entry", "Part", "Spec", "Written", "quote_in", "removed", "written_part"]


class Spec:
    """The spec of one target; `code` is the module that its names belong to."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.code = self._opened(problem.target.file)
        self._follower = Follower(self._opened, problem.facts)

    def root(self) -> Part | None:
        found = self._root
        return self._follower.followed(found).part if found else None

    def entries(self) -> tuple[Entry, ...]:
        return tuple(entries(self._root, self.parameters(), self._follower)) if self._root else ()

    def entry(self, path: SpecPath) -> Found | None:
        """The entry at a path, as it is written there: a name is not followed."""
        found = self._root
        for step in path:
            inside = items(found, self._follower) if found else []
            # The fields of an object are counted in a path.
            own = [each for each in inside if step == (each.index if each.field else each.key)]
            found = own[-1].value if own else None
        return found

    def followed(self, found: Found) -> Part:
        """What an entry stands for."""
        return self._follower.followed(found).part

    def is_dim(self, found: Found) -> bool:
        return bool(dim_spelling(self._follower.followed(found), self._follower))

    def settled(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Edits of entries as edits of the user's files; none where they contradict each other."""
        return self._follower.texts.settled(edits)

    def parameters(self) -> tuple[str, ...]:
        """What forward's parameters are called, as far as it can be told."""
        forward = self._forward()
        if forward is not None:
            return tuple(argument.arg for argument, _ in scopes.given(forward.args))[1:]
        names = (re.split(r"[.\[]", tensor.name)[0] for tensor in self.problem.facts.inputs)
        return tuple(dict.fromkeys(names))

    def arguments(self) -> dict[str, Part]:
        """The example inputs by the parameter that each is for."""
        found: dict[str, Part] = {}
        target = self.problem.target
        args = self.given(target.args)
        if args and isinstance(args.node, (ast.Tuple, ast.List)):
            for name, node in zip(self.parameters(), args.node.elts, strict=False):
                found[name] = args.of(node)
        elif args and target.single and self.parameters():
            found[self.parameters()[0]] = args
        kwargs = self.given(target.kwargs)
        if kwargs and isinstance(kwargs.node, ast.Dict):
            for key, node in zip(kwargs.node.keys, kwargs.node.values, strict=True):
                if isinstance(key, ast.Constant):
                    found[str(key.value)] = kwargs.of(node)
        return found

    def binding(self, node: ast.expr) -> Binding | None:
        """The one assignment that gives a name its value."""
        if not isinstance(node, ast.Name) or self.code is None:
            return None
        inside = Scope(self.code, node if node in self.code.parents else None)
        found = self._follower.bound(node.id, inside) or self._anywhere(node.id)
        return found.hops[0] if found is not None and found.hops else None

    def is_unused(self, binding: Binding, here: int) -> bool:
        """Whether nothing but `here` entries of the spec reads a name; another module's may be read anywhere."""
        if binding.code is not self.code:
            return False
        reads = (n for n in ast.walk(binding.code.tree) if isinstance(n, ast.Name) and n.id == binding.name)
        return sum(isinstance(n.ctx, ast.Load) for n in reads) == here

    def _anywhere(self, name: str) -> Found | None:
        """What a name stands for that is bound once in the text, be it in a function."""
        stores = (n for n in ast.walk(self.code.tree) if isinstance(n, ast.Name)) if self.code else ()
        own = [n for n in stores if n.id == name and isinstance(n.ctx, ast.Store)]
        return self._follower.bound(name, Scope(self.code, own[0])) if self.code and len(own) == 1 else None

    @cached_property
    def _root(self) -> Found | None:
        return self._found(self.problem.target.dynamic_shapes)

    def _found(self, said: Expression | None) -> Found | None:
        """An expression of the target: in the tree of its file, where it stands there."""
        part = written_part(said)
        if part is None or said is None or self.code is None:
            return None
        node = self.code.expression_at(said.place.range) if said.place.file == self.code.source.file else None
        if node is not None:
            inside = Scope(self.code, node)
            return Found(inside.part(node), inside)
        return Found(part, Scope(self.code))

    def given(self, said: Expression | None) -> Part | None:
        """What an expression of the target stands for."""
        found = self._found(said)
        return self._follower.followed(found).part if found else None

    def _opened(self, file: str) -> Code | None:
        return code_at(self.problem, Place(file, self.problem.target.place.range))

    def _forward(self) -> ast.FunctionDef | None:
        model = parse_expression(self.problem.target.model.text.strip())
        if self.code is None or not isinstance(model, ast.Expression):
            return None
        name = _class_called(self._model(model.body))
        classes = (n for n in self.code.tree.body if isinstance(n, ast.ClassDef) and n.name == name)
        methods = (n for c in classes for n in c.body if isinstance(n, ast.FunctionDef))
        return next((m for m in methods if m.name == "forward" and not m.args.vararg), None)

    def _model(self, node: ast.expr) -> ast.expr:
        binding = self.binding(node)
        return binding.value.node if binding else node


def _class_called(node: ast.expr) -> str:
    """`Gate` of `Gate().eval()` and of `Gate()`."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id
        node = node.func
        if isinstance(node, ast.Attribute):
            node = node.value
    return ""
