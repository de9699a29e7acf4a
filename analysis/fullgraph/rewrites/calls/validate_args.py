"""Makes a distribution without the check of its arguments, which asks for values that are not known at export time.

Invalid parameters and values then give NaN or infinities instead of a `ValueError`, as they do under `python -O`,
where torch leaves the check out. On inputs that the check refuses, the fix is compared with the original without
the check, and the verdict names one of them.

## Before

```python
dist = Categorical(logits=self.policy(state))
```

## After

```python
dist = Categorical(logits=self.policy(state), validate_args=False)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...model import DataDependent, Edit, Range
from ...python.binding.api_tables import DISTRIBUTIONS
from ...python.syntax.names import last_name
from ..edit.module import Code, code_of
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    found = code_of(problem)
    if found is None or not isinstance(problem.failure, DataDependent):
        return
    code, call = found
    if isinstance(call, ast.Call) and last_name(call) in DISTRIBUTIONS and (edit := _unchecked(code, call)):
        yield Proposal("Skip the check of the arguments", (edit,), unchecked=True)


def _unchecked(code: Code, call: ast.Call) -> Edit | None:
    given = [*call.args, *(each.value for each in call.keywords)]
    if not given or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if any(each.arg is None for each in call.keywords):
        return None
    said = next((each.value for each in call.keywords if each.arg == "validate_args"), None)
    if said is not None:
        return code.replaced(said, "False")
    end = max(code.bracketed(each).end for each in given)
    return code.edit(Range(end, end), ", validate_args=False")


REWRITE = Rewrite("validate-args", frozenset({"data-dependent-guard"}), page(__doc__), _find)
