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
from ..python.syntax.tree import Tree
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
    return ByHand(pattern.name, _reason(fixes)) if pattern is not None else None


def _node(source: SourceText, tree: Tree, finding: Finding) -> ast.expr | None:
    """The expression at the finding's place."""
    found = (
        n
        for n in ast.walk(tree.tree)
        if isinstance(n, ast.expr) and source.range_of(n) == finding.place.range
    )
    return next(found, None)


def _reason(fixes: Sequence[Fix]) -> str:
    """Of the likeliest that was tried: rewrites propose the likeliest first."""
    refused = next((fix for fix in fixes if fix.verdict.kind == "not-verified" and fix.verdict.reason), None)
    if refused is None:
        return _UNKNOWN
    return " ".join(f"“{refused.title}” was refused: {refused.verdict.reason}".split())
