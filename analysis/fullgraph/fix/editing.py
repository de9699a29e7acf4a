"""Texts before and after a fix: parsed once for all rewrites, edited, and without imports that are no longer needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from ..model import Edit
from ..project import files
from ..rewrites import Parsed
from ..rewrites.edit.lines import take_out
from ..rewrites.edit.module import Code
from ..rewrites.edit.naming import imports_left_unneeded, same_import
from ..text.edits import applied, by_file
from ..text.source import SyntaxProblem, parse_module
from .conditions import source_in


def parsed_in(texts: files.Texts) -> Callable[[str], Parsed | None]:
    """How a rewrite gets at a file's text and tree. Each is read once: every rewrite asks."""

    @cache
    def parsed(file: str) -> Parsed | None:
        source = source_in(texts, file)
        tree = parse_module(source.normal) if source and file.endswith(".py") else None
        return (
            None
            if source is None or tree is None or isinstance(tree, SyntaxProblem)
            else Parsed(source, tree)
        )

    return parsed


def edited(edits: Sequence[Edit], texts: files.Texts) -> Mapping[str, str] | None:
    """The texts that edits leave, by file; None where they cannot be put in, or leave what does not parse."""
    found: dict[str, str] = {}
    for file, own in by_file(edits).items():
        source = source_in(texts, file)
        text = applied(source, own) if source else None
        if text is None or (file.endswith(".py") and isinstance(parse_module(text), SyntaxProblem)):
            return None
        found[file] = text
    return found


def tidied(after: Mapping[str, str], texts: files.Texts) -> Mapping[str, str]:
    """Edited texts without the imports that all fixes together made unneeded, and none of them alone."""
    parsed_before, parsed_after = parsed_in(texts), parsed_in(after)
    found = dict(after)
    for file in after:
        before, now = parsed_before(file), parsed_after(file)
        if before is not None and now is not None and file.endswith(".py"):
            code = Code.of(now)
            there = (same_import(code, e) for e in imports_left_unneeded(Code.of(before), after[file]))
            gone = (take_out(code, each) for each in there if each is not None)
            found[file] = applied(now.source, [edit for edit in gone if edit]) or after[file]
    return found
