"""torch cannot guard on an expression over an unbacked symbol.

A number returned by `.item()`, or a size produced by `nonzero`, a mask, or `unique`, is an unbacked symbol:
it has a name, but no value at export time. A view, a slice, or a broadcast that uses it must decide something
(is it 1? is it 0? does it divide?), and torch cannot.

## What to do

Tell torch what you know, right after the number is created: `torch._check(n > 0)`,
`torch._check(n <= x.shape[0])`. In views, pass the sizes that you know instead of -1.

## Before

```python
n = mask.sum().item()
return x[:n].view(n, -1)
```

## After

```python
n = mask.sum().item()
torch._check(n > 1)
torch._check(n <= x.shape[0])
return x[:n].view(n, x.shape[1])
```
"""

from __future__ import annotations

import re

from ..model import DataDependent, Finding, Frame, Raised
from .rule import Case, Rule, library, origins, page, quoted


def _explain(case: Case) -> Finding | None:
    failure = case.failure
    if isinstance(failure, Raised):
        return _of_words(case, failure)
    if not isinstance(failure, DataDependent):
        return None
    place = case.place(failure.frame)
    what = quoted(failure.frame.text) if failure.frame else "the model"
    message = f"{what} {_asked(failure)}"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-guard", "error", message, place, case.target.name, _hint(failure), related)


def _of_words(case: Case, failure: Raised) -> Finding | None:
    """Of an operator in C++ that wraps torch's error in an exception of its own."""
    asked = failure.said("guard on data")
    if asked is None:
        return None
    what = quoted(failure.frame.text) if failure.frame else "the model"
    message = f"{what} cannot guard on the data-dependent expression `{asked.part('expression')}`"
    hint = "pass sizes that do not depend on tensor data"
    place, related = case.place(failure.frame), library(failure.frame)
    return Finding("data-dependent-guard", "error", message, place, case.target.name, hint, related)


def _asked(failure: DataDependent) -> str:
    if failure.asks == "bool":
        if _is_its_own(failure) and _is_truth(failure):
            return "converts a tensor to a bool, which is not known at export time"
        return f"cannot guard on the data-dependent expression `{failure.expression}`"
    symbol = next((s for s in failure.symbols if s.name == failure.expression), None)
    if symbol is None:
        return f"requires a concrete {failure.asks} for the data-dependent expression `{failure.expression}`"
    if _is_its_own(failure):
        return f"converts a tensor to {_A_NUMBER[failure.asks]}, which is not known at export time"
    created = f", created by {quoted(symbol.made_by)}" if symbol.made_by else ""
    return f"requires a concrete {failure.asks} for the unbacked symbol `{symbol.name}`{created}"


_A_NUMBER = {"int": "an int", "float": "a float", "bool": "a bool"}


def _is_its_own(failure: DataDependent) -> bool:
    """Whether no other expression of the user's made what is asked for: torch's code did, in here."""
    place = failure.frame.place if failure.frame else None
    return all(symbol.made_at in (None, place) for symbol in failure.symbols)


def _is_truth(failure: DataDependent) -> bool:
    """Whether the symbol stands for a bool, which torch asks for as `u0 == 1`."""
    symbol = failure.symbols[0] if len(failure.symbols) == 1 else None
    is_bool = symbol is not None and (symbol.lower, symbol.upper) == (0, 1)
    return symbol is not None and is_bool and failure.expression == f"{symbol.name} == 1"


def _hint(failure: DataDependent) -> str:
    if failure.frame is not None and failure.frame.callee == "len":
        return "use `.shape[0]`, which stays symbolic; `len(…)` needs a concrete int"
    if failure.frame is not None and _checks_arguments(failure.frame):
        return "pass `validate_args=False` to the distribution to skip this check"
    if _is_its_own(failure):
        return "pass a Python number where one is expected, or use tensor ops (`torch.where`, `torch.cond`)"
    if failure.asks != "bool" or not failure.symbols:
        return "keep the number symbolic, or use tensor ops"
    symbol = failure.symbols[0]
    # Most guards ask whether it is one of the odd numbers, 0 or 1.
    odd = re.fullmatch(rf"{re.escape(symbol.name)} == ([01])", failure.expression)
    least = odd[1] if odd else "1"
    if symbol.made_by.endswith((".item()", ".tolist()")):
        return f"constrain the value of {quoted(symbol.made_by)} on the line after it, as in `torch._check(n > {least})`"
    what = quoted(symbol.made_by) if symbol.made_by else "the tensor"
    held = symbol.held or "y.shape[0]"
    return f"constrain the size of {what} on the line after it, as in `torch._check({held} > {least})`"


_DISTRIBUTION = re.compile(
    r"(^|\.)(distributions?\.\w+|log_prob|cdf|icdf"
    r"|(Bernoulli|Beta|Binomial|Categorical|Cauchy|Dirichlet|Exponential|Gamma|Laplace|LogNormal"
    r"|MultivariateNormal|Normal|OneHotCategorical|Poisson|Uniform|VonMises))$"
)


def _checks_arguments(frame: Frame) -> bool:
    """Whether it is a distribution of torch's, which asks its arguments whether they are in range."""
    return _DISTRIBUTION.search(frame.callee or "") is not None


RULE = Rule("data-dependent-guard", "error", page(__doc__), _explain)
