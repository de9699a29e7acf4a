"""Where no fix is verified: which pattern is the nearest, and why what was tried is no fix.

The rule: one line for a finding, and none where no pattern fits it. What is said follows from the text and the
fixes that were tried.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..model import ByHand, Finding, Fix
from ..patterns import Sight, nearest
from ..project import files
from ..python.binding.liveness import carried
from ..python.binding.usage import Use
from ..python.syntax.assignments import assigned
from ..python.syntax.tree import Tree
from ..rewrites.loops.carried_numbers import reads_number
from ..text.source import SourceText
from .editing import parsed_in

_GOOD = ("verified", "verified-one-branch", "unverified-exports")
_UNKNOWN = "no rewrite has this form"


def by_hand(finding: Finding, fixes: Sequence[Fix], texts: files.Texts) -> ByHand | None:
    """None where there is a fix, or nothing is known to write instead."""
    if any(fix.verdict.kind in _GOOD for fix in fixes) or finding.severity == "information":
        return None
    parsed = parsed_in(texts)(finding.place.file)
    tree = Tree(parsed.tree) if parsed is not None else None
    node = _node(parsed.source, tree, finding) if parsed is not None and tree is not None else None
    pattern = nearest(Sight(finding, node, tree)) if node is not None and tree is not None else None
    if pattern is None or node is None or tree is None:
        return None
    state = _loop_state(tree, node) if pattern.name == "split-model" else ""
    return ByHand(pattern.name, f"{state}{_reason(fixes)}")


def _node(source: SourceText, tree: Tree, finding: Finding) -> ast.expr | None:
    """The expression at the finding's place."""
    found = (
        n
        for n in ast.walk(tree.tree)
        if isinstance(n, ast.expr) and source.range_of(n) == finding.place.range
    )
    return next(found, None)


def _loop_state(tree: Tree, node: ast.expr) -> str:
    """What a `while` hands from round to round: the operands of a `torch.while_loop`."""
    loop = tree.statement_of(node)
    if not isinstance(loop, ast.While):
        return ""
    names = carried(tree, loop, Use.seen_in(loop.body))
    given = [pair for n in ast.walk(loop) if isinstance(n, ast.stmt) and (pair := assigned(n))]
    read = dict.fromkeys(name for name, value in given if name in names and reads_number(value))
    said = f"`torch.while_loop` carries ({', '.join(names)})" if names else ""
    if said and read:
        said += f": keep {' and '.join(f'`{name}`' for name in read)} a tensor"
    return f"{said}; " if said else ""


def _reason(fixes: Sequence[Fix]) -> str:
    """Of the likeliest that was tried: rewrites propose the likeliest first."""
    refused = next((fix for fix in fixes if fix.verdict.kind == "not-verified" and fix.verdict.reason), None)
    if refused is None:
        return _UNKNOWN
    return " ".join(f"“{refused.title}” was refused: {refused.verdict.reason}".split())
