"""One observation put to the rewrites, on a text that nothing runs: `$…$` is the expression it is about."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path

from fullgraph import rules
from fullgraph.discovery import discover
from fullgraph.model import Facts, Failure, Frame, Place, Range, Target, Tensor
from fullgraph.rewrites import Parsed, Problem, propose
from fullgraph.rules.rule import Case
from fullgraph.text.edits import applied
from fullgraph.text.source import SourceText, parse_module

FILE = str(Path("/project/models.py"))


@dataclass(frozen=True)
class Asked:
    """A text without its marks, the place they were at, and its first target."""

    source: SourceText
    place: Place
    target: Target


def asked(marked: str) -> Asked:
    source = SourceText(FILE, marked.replace("$", ""))
    plain = marked.replace("\r\n", "\n")
    start = plain.find("$")
    end = plain.find("$", start + 1) - 1
    place = Place(FILE, Range(source.position_at(max(start, 0)), source.position_at(max(end, 0))))
    tree = parse_module(source.normal)
    found = discover(source, "models", (), strict=False, named=True) if isinstance(tree, ast.Module) else None
    assert found is not None
    assert found.targets, "the text has no target"
    return Asked(source, place, found.targets[0])


def proposed(
    marked: str, failure: Failure, *others: Failure, inputs: tuple[Tensor, ...] = ()
) -> dict[str, str]:
    """The text that each proposal gives, by its title."""
    about = asked(marked)
    tree = parse_module(about.source.normal)
    assert isinstance(tree, ast.Module)
    facts = Facts(exported=False, failures=(failure, *others), inputs=inputs, loaded=(FILE,))
    finding = rules.explain(Case(failure, about.target, facts))
    parsed = Parsed(about.source, tree)
    problem = Problem(
        finding, failure, about.target, facts, lambda file: parsed if file == FILE else None, (2, 13)
    )
    texts = {p.title: applied(about.source, p.edits) for p in propose(problem)}
    for title, text in texts.items():
        assert text is not None, f"{title}: the edits overlap"
        assert isinstance(parse_module(text), ast.Module), f"{title}: {text}"
    return {title: text for title, text in texts.items() if text is not None}


def mending(marked: str, failure: Failure, *others: Failure) -> dict[str, str]:
    """The same without the one that only ignores the finding."""
    found = proposed(marked, failure, *others)
    return {title: text for title, text in found.items() if not title.startswith("Suppress ")}


def changed(marked: str, failure: Failure, *others: Failure) -> list[list[str]]:
    """The lines that each proposal writes anew."""
    before = set(marked.replace("$", "").splitlines())
    texts = mending(marked, failure, *others).values()
    return [[line for line in text.splitlines() if line not in before] for text in texts]


def frame(marked: str, callee: str | None = None) -> Frame:
    about = asked(marked)
    return replace(
        Frame(about.place, callee=callee), text=about.source.between(about.place.range), construct="call"
    )
