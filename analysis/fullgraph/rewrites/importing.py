"""The import that a rewritten text needs.

`from torch import nn` is how many files take what they need of torch; a rewrite that writes `torch.cond`
there brings `import torch` along. The rule: no rewrite adds imports itself, so that none forgets to.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from ..model import Edit
from .code import Code
from .rewrite import Problem, Proposal

_NAMED = re.compile(r"(?<![\w.])torch\.")


def importing(problem: Problem, proposal: Proposal) -> Proposal | None:
    """The proposal with the imports that its texts need; None where there is no place for one."""
    named = (edit.place.file for edit in proposal.edits if _NAMED.search(edit.new_text))
    texts = (problem.parsed(file) for file in dict.fromkeys(named) if file.endswith(".py"))
    codes = [Code.of(parsed) for parsed in texts if parsed is not None]
    added = [_import(code) for code in codes if code.imported_as("torch") is None]
    whole = [edit for edit in added if edit is not None]
    return replace(proposal, edits=(*whole, *proposal.edits)) if len(whole) == len(added) else None


def _import(code: Code) -> Edit | None:
    """Above what else is imported of torch, as import sorters have it; else below the last import."""
    imports = [each for each in code.tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    of_torch = next((each for each in imports if _is_of_torch(each)), None)
    if of_torch is not None:
        return code.before(of_torch, "import torch")
    if imports:
        return code.after(imports[-1], "import torch")
    first = code.tree.body[0]
    documents = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (
        code.after(first, "import torch", margin=1) if documents else code.before(first, "import torch", "")
    )


def _is_of_torch(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").partition(".")[0] == "torch" and not statement.level
    return any(alias.name.partition(".")[0] == "torch" for alias in statement.names)
