"""Runs every step of a loop that collects until a data-dependent exit, and cuts off what it collected after that.

For a decoding loop with a greatest number of steps, which ends at an end token. The length of what was collected
by then is a value of the data, as it was before, and so the output has a size that the data decides. The cost is
the steps that the exit used to skip. A name that is read below the loop keeps the value that it had.

## Before

```python
for _ in range(self.max_steps):
    token, state = self.step(token, state)
    tokens.append(token)
    if (token == self.eos).all():
        break
return torch.stack(tokens, dim=1)
```

## After

```python
done = torch.tensor(False, device=token.device)
length = torch.tensor(len(tokens), device=token.device)
for _ in range(self.max_steps):
    token, state = self.step(token, state)
    tokens.append(token)
    length = torch.where(done, length, len(tokens))
    done = done | (token == self.eos).all()
steps = length.item()
torch._check(steps <= len(tokens))
return torch.stack(tokens, dim=1)[:, :steps]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import Edit
from ...python.syntax.precedence import Binds, operand, owner
from ...python.syntax.statements import block_of
from ..branches.condition import predicate
from ..branches.truth import asked, is_boolean
from ..edit.lines import has_own_lines, put_in_place
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page
from .further_rounds import FurtherRounds
from .masked_early_exit import is_plain


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    torch = found[0].torch if found else None
    if found is None or torch is None:
        return
    code, node = found
    leaving = code.statement_of(node)
    loop = code.parents.get(leaving) if leaving is not None else None
    if not isinstance(leaving, ast.If) or not isinstance(loop, (ast.For, ast.While)):
        return
    made = FurtherRounds(code, loop, torch, leaving)
    if not _is_exit(code, loop, leaving) or not made.is_understood or _is_masked(made, leaving):
        return
    noted, edits = _noted(code, leaving, torch, made.done), made.edits(f"{torch}.tensor(False{made.device})")
    if noted is not None and edits is not None:
        yield Proposal("Run every step, and cut off what is collected after the exit", (noted, *edits))


def _is_exit(code: Code, loop: ast.For | ast.While, leaving: ast.If) -> bool:
    """Whether it ends the loop, or returns what stands right below that."""
    endless = isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant)
    alone = leaving in loop.body and not leaving.orelse and len(leaving.body) == 1
    if endless or not alone or not has_own_lines(code, leaving):
        return False
    last, block = leaving.body[0], block_of(code.parents[loop], loop)
    rest = block[block.index(loop) + 1 :]
    if isinstance(last, ast.Return) and rest and isinstance(rest[0], ast.Return):
        return last.value is not None and ast.dump(last) == ast.dump(rest[0])
    return isinstance(last, ast.Break)


def _is_masked(made: FurtherRounds, leaving: ast.If) -> bool:
    """Whether it is a loop for `masked-early-exit`, which keeps all that it binds."""
    plain = isinstance(made.loop, ast.For) and is_plain(made.code, made.loop, leaving, made.torch)
    return plain and not made.grown


def _noted(code: Code, leaving: ast.If, torch: str, done: str) -> Edit | None:
    """In place of the exit; its comments stand above."""
    condition = predicate(code, asked(leaving.test), torch)
    if condition is None:
        return None
    text = operand(condition, Binds.BIT_OR)
    if not is_boolean(leaving.test) and not condition.endswith((" != 0", " == 0")):
        text = f"{owner(condition)}.bool()"
    return put_in_place(code, leaving, f"{done} = {done} | {text}")


REWRITE = Rewrite(
    "fixed-steps", frozenset({"data-dependent-branch", "tensor-to-python"}), page(__doc__), _find
)
