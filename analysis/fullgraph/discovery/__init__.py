"""The targets of a file: which models to export, with which inputs, found in each of the ways there are.

Text goes in, targets and findings come out; nothing here reads a file or starts a process.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..configuration.reading import SUFFIXES as DATA
from ..model import Finding, Place, Position, Range, Slice, Target
from ..python.binding import scopes
from ..python.binding.imports import Imports
from ..python.syntax.definitions import place_of_name
from ..text.gc_paused import without_collecting
from ..text.messages import target_error
from ..text.source import SourceText, SyntaxProblem, parse_expression
from .classes.model_class import model_class_of, qualified
from .classes.roles import Roles
from .command_lines.filling import filled
from .documents import code_in
from .finder import SKIPPED, Discovered, Finder, Module, Recorded
from .finders import FINDERS, annotation, calls, comment, converters, eager, tools
from .inputs.spec_parts import spec_parts
from .precedence import (
    ASKED_FOR,
    CALLED,
    EXPORTED,
    PRECEDENCE,
    WRITTEN,
    contradictions,
    resolve_precedence,
    spares_of,
    with_inputs_of,
)
from .repository.index import RepositoryIndex
from .repository.parsed import ParsedFile
from .slicing import slicer
from .slicing.plain import is_plain
from .slicing.selection import CannotSlice
from .superseded import superseded_calls

__all__ = [
    "ASKED_FOR",
    "CALLED",
    "EXPORTED",
    "FINDERS",
    "PRECEDENCE",
    "Discovered",
    "Finder",
    "Module",
    "RepositoryIndex",
    "Roles",
    "could_have_target",
    "discover",
    "discover_in_document",
    "evidence_in",
    "resolve_precedence",
    "spares_of",
    "with_inputs_of",
]


def discover(
    source: SourceText,
    module: str,
    configured: Sequence[Target] = (),
    *,
    strict: bool = False,
    named: bool = False,
    index: RepositoryIndex | None = None,
    recording: Sequence[Recorded] = (),
    parts: bool = False,
) -> Discovered:
    """All targets of a file, under names that are different from each other.

    `module` is the name the file is imported by, `configured` what pyproject.toml says of this file,
    `recording` what was recorded of it, `parts` asks for what other models are made of, `strict` holds for targets that say nothing of it. A file that does
    not parse is a finding where it was `named` outright or has a target, and else none of our business.
    """
    if named and source.file.endswith(DATA):
        return Discovered(findings=(_no_code(source),))
    concerns_us = named or bool(configured) or mentions_target(source.text)
    if not (concerns_us or recording or could_have_target(source.text) or _ASKS.search(source.text)):
        return Discovered()
    index = index or RepositoryIndex(lambda: (source,), lambda _: module)
    parsed = index.parsed(source)
    if isinstance(parsed, SyntaxProblem):
        return Discovered(findings=(_broken(source, parsed),) if concerns_us else ())
    if parsed.name != module:  # of a text that stands alone
        parsed = replace(parsed, name=module)
    given = Module(parsed, index, tuple(configured), strict, tuple(recording), parts)
    try:
        with without_collecting():
            return _found(given)
    except RecursionError:
        place = source.place(source.visible(source.whole))
        return Discovered(findings=(target_error("nested too deeply to analyze", place),))


def discover_in_document(
    source: SourceText, index: RepositoryIndex, *, strict: bool = False, parts: bool = False
) -> Discovered:
    """All targets of a document that was asked for: of each of its texts, of which none can be imported."""
    every = Discovered()
    for home in code_in(source):
        module = Module(home, index, strict=strict, parts=parts)
        found = _found(module)
        every += Discovered(findings=tuple(eager.unfollowed(module)))
        targets, spare = (
            [_never_imported(each, home) for each in part] for part in (found.targets, found.spare)
        )
        every += Discovered(tuple(targets), found.findings, tuple(spare))
    return replace(every, findings=tuple(dict.fromkeys(every.findings)))


def _never_imported(target: Target, home: ParsedFile) -> Target:
    """With a slice wherever the document itself is meant."""
    whole = Slice(home.source.text)
    ways = tuple(
        replace(way, slice=whole) if way.file == home.file and way.slice is None else way
        for way in target.fallbacks
    )
    own = whole if target.file == home.file and target.slice is None else target.slice
    return replace(target, slice=own, fallbacks=ways)


def evidence_in(home: ParsedFile, index: RepositoryIndex) -> tuple[Target, ...]:
    """The targets that a text which is not itself checked has for models of other files."""
    module = Module(home, index)
    found = [each for finder in (calls, converters, tools, eager) for each in finder.find(module).targets]
    return tuple(_with_spec(_with_subject(each, module, module.imports), module) for each in found)


def _found(module: Module) -> Discovered:
    found = sum((finder.find(module) for finder in FINDERS), Discovered())
    imports = module.imports
    every = tuple(_with_subject(target, module, imports) for target in found.targets)
    targets = resolve_precedence(every)
    spare = tuple(each for target in targets for each in spares_of(target, every))
    wrong = contradictions(targets)
    plain = is_plain(module)
    kept = [_runnable(target, module, plain) for target in targets]
    skipped = [finding for each in kept for finding in each.findings]
    spared = (each for target in spare for each in _runnable(target, module, plain).targets)
    return Discovered(
        _distinct([_with_spec(target, module) for each in kept for target in each.targets]),
        (*found.findings, *wrong, *skipped, *superseded_calls(module)),
        tuple(_with_spec(each, module) for each in dict.fromkeys(spared)),
    )


def _with_spec(target: Target, module: Module) -> Target:
    """With the command line that its script is run with, and where what of its spec stands."""
    said = target.dynamic_shapes
    return replace(filled(target, module.index), spec_parts=spec_parts(said, module) if said else ())


def _with_subject(target: Target, module: Module, imports: Imports) -> Target:
    """With the class's full name, found out where the way did not say it."""
    if target.model_place is not None:
        return target
    tree = parse_expression(target.model.text)
    subject = target.model_class
    if not subject and target.origin in (*WRITTEN, "annotation") and not isinstance(tree, SyntaxProblem):
        subject = model_class_of(tree.body, (), module, imports)
        subject = subject or _class_at(target.place, module)
    found = module.index.resolve(subject, module.parsed)
    if found is not None:
        place = place_of_name(found.node, found.home.source)
        return replace(target, model_class=found.dotted, model_place=place)
    return replace(target, model_class=qualified(subject, module, imports))


def _class_at(place: Place, module: Module) -> str:
    """The class that a declaration stands above, where a function builds the model: `model=create("net")`."""
    nodes = (each for each in module.tree.body if isinstance(each, ast.ClassDef))
    return next((each.name for each in nodes if place_of_name(each, module.source) == place), "")


def _runnable(target: Target, module: Module, plain: bool) -> Discovered:
    """A target that was found by looking gets a slice where to import the file would do more than define."""
    elsewhere = target.file != module.source.file
    if target.origin in WRITTEN or target.slice is not None or plain or elsewhere:
        return Discovered((target,))
    parts = (target.model, target.args, target.kwargs, target.dynamic_shapes)
    trees = [parse_expression(part.text) for part in parts if part]
    wanted = scopes.used(*(tree for tree in trees if not isinstance(tree, SyntaxProblem)))
    if target.origin == "recorded" and not module.parsed.stars:
        wanted &= scopes.bound(module.tree.body)  # modules that it names are imported when it is evaluated
    text = slicer.slice_for(
        module, wanted - scopes.bound(each for each in trees if isinstance(each, ast.AST)) - {"Dim"}
    )
    if isinstance(text, CannotSlice):
        return Discovered(findings=(_skipped(target, text.message),))
    return Discovered((replace(target, slice=Slice(text)),))


def _skipped(target: Target, why: str) -> Finding:
    return Finding(SKIPPED, "information", f"not checked: {why}", target.place)


def mentions_target(text: str) -> bool:
    """Whether a text, Python or not, looks as if it says a target."""
    return comment.has_target(text) or "example_args" in text or annotation.MARK in text


def could_have_target(text: str) -> bool:
    """Whether it is worth to parse a text: who exports a model says `torch`, or a name that stands for it."""
    return any(name in text for name in _LIBRARIES)


_LIBRARIES = ("torch", "lightning", "transformers")
_ASKS = re.compile(r"^\s*def test\w*\(\s*\w", re.MULTILINE)
"""A test that asks for fixtures: what it calls models with may be written in `conftest.py` alone."""


def _no_code(source: SourceText) -> Finding:
    return target_error(
        "not a Python file, document, or notebook",
        source.place(Range(Position(0, 0), Position(0, len(source.lines[0])))),
        "check the folder of the project: models that are built from this file are checked there",
    )


def _broken(source: SourceText, problem: SyntaxProblem) -> Finding:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return target_error(
        f"syntax error: {problem.message}",
        source.place(source.visible(problem.range)),
        f"Fullgraph parses files with the Python it runs on, {version}; "
        "if this is syntax of a newer Python, run Fullgraph with that one",
    )


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    """The second `cases:Gate()` of a file is called `cases:Gate()#2`."""
    seen: Counter[str] = Counter()
    distinct = []
    for target in targets:
        seen[target.name] += 1
        number = seen[target.name]
        distinct.append(replace(target, name=f"{target.name}#{number}") if number > 1 else target)
    return tuple(distinct)
