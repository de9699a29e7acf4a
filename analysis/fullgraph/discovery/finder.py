"""What a way of finding targets is given, and what it gives.

A way is a pure function of text: it reads no file and asks no interpreter. What is wrong with the
user's words is among what it gives, as a finding at the words themselves; it raises nothing.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ..model import Finding, Origin, Place, Target
from ..python.binding.constant_folding import Text
from ..python.binding.imports import Imports
from ..python.syntax.nodes import Nodes
from ..text.source import SourceText, SyntaxProblem, parse_expression
from .repository.index import RepositoryIndex
from .repository.parsed import ParsedFile

SKIPPED = "target-skipped"
T = TypeVar("T")


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
    """A Python file that parses, and what else is known of it.

    `configured` are the targets that pyproject.toml says for this file, `strict` whether targets that
    say nothing of it are exported in strict mode. `index` knows the other files of the repository. `parts`:
    what other models are made of is wanted too.
    """

    parsed: ParsedFile
    index: RepositoryIndex
    configured: tuple[Target, ...] = ()
    strict: bool = False
    recorded: tuple[Recorded, ...] = ()
    parts: bool = False
    _kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def kept(self, find_out: Callable[[Module], T]) -> T:
        """What a function, or a class, makes of this file; made once."""
        if find_out not in self._kept:
            self._kept[find_out] = find_out(self)
        result: T = self._kept[find_out]
        return result

    @property
    def source(self) -> SourceText:
        return self.parsed.source

    @property
    def tree(self) -> ast.Module:
        return self.parsed.tree

    @property
    def name(self) -> str:
        return self.parsed.name

    @property
    def nodes(self) -> Nodes:
        return self.parsed.nodes

    @property
    def text(self) -> Text:
        return self.parsed.text

    @property
    def imports(self) -> Imports:
        return self.parsed.imports


@dataclass(frozen=True, slots=True)
class Discovered:
    """What finders found in a module. Adding two keeps the order.

    `spare` targets count where a call that takes precedence over them cannot be loaded.
    """

    targets: tuple[Target, ...] = ()
    findings: tuple[Finding, ...] = ()
    spare: tuple[Target, ...] = ()

    def __add__(self, other: Discovered) -> Discovered:
        both = (self.targets + other.targets, self.findings + other.findings, self.spare + other.spare)
        return Discovered(*both)


Tier = Literal["declared", "call", "convention", "recorded", "eager", "annotation", "inferred"]
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
