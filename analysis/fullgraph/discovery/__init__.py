"""The targets of a file: which models to export, with which inputs, found in each of the ways there are.

Text goes in, targets and findings come out; nothing here reads a file or starts a process.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..model import Finding, Target
from ..source import SourceText, SyntaxProblem, parse_module
from . import annotation, comment, exportdb, pyproject
from .way import Discovered, Module, Way, target_error

__all__ = ["WAYS", "Discovered", "Module", "Way", "discover"]

WAYS: tuple[Way, ...] = (comment.find, exportdb.find, pyproject.find, annotation.find)


def discover(
    source: SourceText,
    module: str,
    configured: Sequence[Target] = (),
    *,
    strict: bool = False,
    named: bool = False,
) -> Discovered:
    """All targets of a file, under names that are different from each other.

    `module` is the name the file is imported by, `configured` what pyproject.toml says (of this file
    and of others), `strict` holds for targets that say nothing of it. A file that does not parse is a
    finding where it was `named` outright or has a target, and else none of our business.
    """
    own = tuple(target for target in configured if target.file == source.file)
    concerns_us = named or bool(own) or mentions_target(source.text)
    if not concerns_us:
        return Discovered()
    tree = parse_module(source.normal)
    if isinstance(tree, SyntaxProblem):
        return Discovered(findings=(_broken(source, tree),))
    given = Module(source, tree, module, own, strict)
    found = sum((find(given) for find in WAYS), Discovered())
    return Discovered(_distinct(found.targets), found.findings)


def mentions_target(text: str) -> bool:
    """Whether a text, Python or not, looks as if it says a target."""
    return comment.has_target(text) or "example_args" in text or annotation.MARK in text


def _broken(source: SourceText, problem: SyntaxProblem) -> Finding:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return target_error(
        f"does not parse: {problem.message}",
        source.place(source.visible(problem.range)),
        f"Fullgraph reads files with the Python it runs on, {version}; "
        "if this is syntax of a newer Python, run it with that one",
    )


def _distinct(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The second `cases:Gate()` of a file is called `cases:Gate()#2`."""
    seen: Counter[str] = Counter()
    distinct = []
    for target in targets:
        seen[target.name] += 1
        number = seen[target.name]
        distinct.append(replace(target, name=f"{target.name}#{number}") if number > 1 else target)
    return tuple(distinct)
