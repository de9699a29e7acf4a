"""The import that a rewritten text needs, and those that it needs no more.

`from torch import nn` is how many files take what they need of torch; a rewrite that writes `torch.cond`
there brings `import torch` along, and one that was the last to use `pad_sequence` takes its import along. The
rule: no rewrite has to look after imports itself, so that none forgets to.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from ...model import Edit
from ...python.binding.imports import imported_as
from ...text.edits import applied
from ..rewrite import Problem, Proposal
from .lines import put_above, put_below, take_out
from .module import Code
from .naming import imports_left_unneeded

_NAMED = re.compile(r"(?<![\w.])torch\.")


def importing(problem: Problem, proposal: Proposal) -> Proposal | None:
    """The proposal with the imports that its texts need; None where there is no place for one."""
    added = [_import(code) for code in _lacking(problem, proposal)]
    whole = [edit for edit in added if edit is not None]
    gone = _unneeded(problem, proposal) if proposal.verify else ()
    return replace(proposal, edits=(*whole, *proposal.edits, *gone)) if len(whole) == len(added) else None


def _unneeded(problem: Problem, proposal: Proposal) -> Iterator[Edit]:
    """Takes out the imports that only what the proposal replaces has used."""
    for file in dict.fromkeys(edit.place.file for edit in proposal.edits if edit.place.file.endswith(".py")):
        parsed, own = problem.parsed(file), [edit for edit in proposal.edits if edit.place.file == file]
        text = applied(parsed.source, own) if parsed is not None else None
        if parsed is not None and text is not None:
            code = Code.of(parsed)
            gone = (take_out(code, each) for each in imports_left_unneeded(code, text))
            yield from (edit for edit in gone if edit is not None)


def _lacking(problem: Problem, proposal: Proposal) -> Iterator[Code]:
    """The texts in which code names torch that they do not import. In a target's comment it is at hand."""
    for file in dict.fromkeys(edit.place.file for edit in proposal.edits if edit.place.file.endswith(".py")):
        parsed = problem.parsed(file)
        code = Code.of(parsed) if parsed is not None else None
        if code is None or imported_as(code.tree, "torch") is not None:
            continue
        own = (edit for edit in proposal.edits if edit.place.file == file)
        if any(
            _NAMED.search(edit.new_text)
            and not code.tokens.in_comment(code.source.offset_at(edit.place.range.start))
            for edit in own
        ):
            yield code


def _import(code: Code) -> Edit | None:
    """Above what else is imported of torch, as import sorters have it; else below the last import."""
    imports = [each for each in code.tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    of_torch = next((each for each in imports if _is_of_torch(each)), None)
    if of_torch is not None:
        return put_above(code, of_torch, "import torch")
    if imports:
        return put_below(code, imports[-1], "import torch")
    first = code.tree.body[0]
    documents = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (
        put_below(code, first, "import torch", margin=1)
        if documents
        else put_above(code, first, "import torch", "")
    )


def _is_of_torch(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").partition(".")[0] == "torch" and not statement.level
    return any(alias.name.partition(".")[0] == "torch" for alias in statement.names)
