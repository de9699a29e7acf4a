"""Applies what the rewrites propose, round by round, each judged by a real check of the edited text."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fullgraph import rules
from fullgraph.checker import Options, check
from fullgraph.model import Checked, Edit, Failure, Finding
from fullgraph.rewrites import Problem, propose
from fullgraph.rewrites.rewrite import Parsed
from fullgraph.rules.rule import Case
from fullgraph.source import SourceText, parse_module

TORCH = (2, 13)
MOST_ROUNDS = 12

Pair = tuple[Failure, Finding]


def parsed(file: str, texts: Mapping[str, str]) -> Parsed | None:
    text = texts[file] if file in texts else Path(file).read_text("utf-8")
    tree = parse_module(text)
    return Parsed(SourceText(file, text), tree) if isinstance(tree, ast.Module) else None


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with edits, which do not overlap, applied."""
    source = SourceText("", text)
    ordered = sorted(edits, key=lambda edit: edit.place.range)
    pieces, at = [], 0
    for edit in ordered:
        start, end = source.offset_at(edit.place.range.start), source.offset_at(edit.place.range.end)
        assert start >= at, f"edits overlap: {edits}"
        pieces += [source.normal[at:start], edit.new_text]
        at = end
    return "".join([*pieces, source.normal[at:]])


def pairs(checked: Checked) -> list[Pair]:
    """The findings of a target with what each was made of, each once; those about training mode left out.

    Evaluation mode gives other outputs, which is what it is for.
    """
    found: dict[object, Pair] = {}
    for failure in checked.facts.failures:
        finding = rules.explain(Case(failure, checked.target, checked.facts))
        key = (finding.rule, finding.place, getattr(failure, "dim", None))
        if finding.rule != "training-mode":
            found.setdefault(key, (failure, finding))
    return list(found.values())


def checked(file: str, text: str) -> tuple[Checked, ...]:
    with ThreadPoolExecutor(1) as executor:
        return check(Options((file,), texts={file: text}, timeout=600.0), executor).targets


def proposals(file: str, text: str, of: Checked, pair: Pair) -> Iterator[tuple[str, str]]:
    """The titles of what is proposed, with the text that each gives."""
    failure, finding = pair
    problem = Problem(finding, failure, of.target, of.facts, lambda f: parsed(f, {file: text}), TORCH)
    for proposal in propose(problem):
        assert {edit.place.file for edit in proposal.edits} == {file}
        yield proposal.title, edited(text, proposal.edits)


def fixed(file: str, text: str) -> tuple[str, tuple[Checked, ...]]:
    """The text after as many rounds as bring something, and what the check says of it."""
    now = checked(file, text)
    for _ in range(MOST_ROUNDS):
        step = next(_steps(file, text, now), None)
        if step is None:
            break
        text, now = step
    return text, now


def _steps(file: str, text: str, now: tuple[Checked, ...]) -> Iterator[tuple[str, tuple[Checked, ...]]]:
    for index, each in enumerate(now):
        for pair in pairs(each):
            for _, new in proposals(file, text, each, pair):
                after = checked(file, new) if isinstance(parse_module(new), ast.Module) else ()
                if len(after) == len(now) and _is_better(each, after[index], pair[1].rule):
                    yield new, after


def _is_better(before: Checked, after: Checked, rule: str) -> bool:
    """The finding is gone, and none of another kind has come."""
    said, says = (Counter(finding.rule for _, finding in pairs(each)) for each in (before, after))
    return says[rule] < said[rule] and not set(says) - set(said)
