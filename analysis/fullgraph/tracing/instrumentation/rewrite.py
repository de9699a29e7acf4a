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

from . import assignments, definitions, expressions, statements, truth
from .observers import Observers
from .sites import Site, Text
from .walk import Walk

_NODES = {
    kind: rewriting
    for part in (expressions, truth, assignments, statements, definitions)
    for kind, rewriting in part.NODES.items()
}


def rewrite(tree: ast.Module, text: str, base: int) -> tuple[Site, ...]:
    """Puts the observer into `tree`, the tree of `text`, in place; the first site has the number `base`."""
    observers = Observers(Text(text), base)
    Walk(observers, _NODES, truth.TESTS).visit(tree)
    return tuple(observers.sites)
