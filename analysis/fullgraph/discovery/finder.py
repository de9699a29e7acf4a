"""What a way of finding targets is given, and what it gives.

A way is a pure function of text: it reads no file and asks no interpreter. What is wrong with the
user's words is among what it gives, as a finding at the words themselves; it raises nothing.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ..model import Finding, Origin, Place, Target
from ..python.binding.constant_folding import Text
from ..python.binding.imports import Imports, imports_of
from ..python.syntax.nodes import Nodes
from ..text.source import SourceText, SyntaxProblem, parse_expression

SKIPPED = "target-skipped"


def _nowhere(_: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a model was built and called while the user's program ran, as recorded.json has it.

    `model` is None where it was built from something that is no constant; `calls` has at least one.
    """

    file: str
    name: str  # of the class
    model: str | None
    forward: tuple[str, ...]  # the names of its parameters then
    calls: tuple[Any, ...]
    place: Place


@dataclass(frozen=True, eq=False)
class Module:
    """A Python file that parses, under the name it is imported by.

    `configured` are the targets that pyproject.toml says for this file, `strict` whether targets that
    say nothing of it are exported in strict mode. `constructed_elsewhere` gives the calls of a class in
    other files of the workspace, all of whose arguments are constants: `Net(3)`.
    """

    source: SourceText
    tree: ast.Module
    name: str
    configured: tuple[Target, ...] = ()
    strict: bool = False
    constructed_elsewhere: Callable[[str], tuple[str, ...]] = _nowhere
    recorded: tuple[Recorded, ...] = ()

    @cached_property
    def nodes(self) -> Nodes:
        return Nodes(self.tree)

    @cached_property
    def text(self) -> Text:
        return Text(self.nodes, at_home=True)

    @cached_property
    def imports(self) -> Imports:
        return imports_of(self.nodes)


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """A model that is no target, as nothing in the text tells its constructor's `missing` arguments.

    `name` is as a target's would be: `unet.parts:Down`.
    """

    name: str
    place: Place
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovered:
    """What finders found in a module. Adding two keeps the order."""

    targets: tuple[Target, ...] = ()
    findings: tuple[Finding, ...] = ()
    unbuilt: tuple[Unbuilt, ...] = ()

    def __add__(self, other: Discovered) -> Discovered:
        return Discovered(
            self.targets + other.targets, self.findings + other.findings, self.unbuilt + other.unbuilt
        )


Tier = Literal["declared", "call", "convention", "recorded", "annotation", "inferred"]
"""What a target stands on, the most explicit first: of targets for one class, those of the first tier count."""


@dataclass(frozen=True, slots=True)
class Finder:
    """One way to find targets: a pure function of a module's text.

    `origin` is its name, in JSON too; `described` says it in a list of targets.
    """

    origin: Origin
    tier: Tier
    described: str
    find: Callable[[Module], Discovered]


def target_name(module: str, model: str) -> str:
    """`cases:Gate()`, the model's expression written as `ast.unparse` writes it."""
    tree = parse_expression(model)
    # 0x followed by 5,000 digits parses and cannot be written back in decimal.
    with contextlib.suppress(ValueError, RecursionError):
        if not isinstance(tree, SyntaxProblem):
            return f"{module}:{ast.unparse(tree)}"
    return f"{module}:{' '.join(model.split())}"
