"""torch needs the truth of an expression over a number that only the data can tell.

A number made by `.item()`, or a size made by `nonzero`, a mask or `unique`, is an unbacked symbol: torch
knows its name and not its value. A view, a slice or a broadcast with it has to decide something (is it
1? is it 0? does it divide?) that torch cannot know.

## What to do

Say what you know, on the line after the number is made: `torch._check(n > 0)`,
`torch._check(n <= x.shape[0])`. Give views the sizes that you know instead of -1.

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
    message = f"{what} {_asked(failure)}, which only the data can tell"
    related = (*origins(failure.symbols, place), *library(failure.frame))
    return Finding("data-dependent-guard", "error", message, place, case.target.name, _hint(failure), related)


_WORDS = re.compile(
    r"GuardOnDataDependentSymNode: Could not guard on data-dependent expression (.+?) \(unhinted"
)


def _of_words(case: Case, failure: Raised) -> Finding | None:
    """Of an operator in C++ that puts torch's refusal into the words of an exception of its own."""
    asked = _WORDS.search(failure.message)
    if asked is None:
        return None
    what = quoted(failure.frame.text) if failure.frame else "the model"
    message = f"{what} needs to know whether `{asked[1]}`, which only the data can tell"
    hint = "give it sizes that do not depend on the data"
    place, related = case.place(failure.frame), library(failure.frame)
    return Finding("data-dependent-guard", "error", message, place, case.target.name, hint, related)


def _asked(failure: DataDependent) -> str:
    if failure.asks == "bool":
        if _is_its_own(failure) and _is_truth(failure):
            return "asks for the truth of a tensor"
        return f"needs to know whether `{failure.expression}`"
    symbol = next((s for s in failure.symbols if s.name == failure.expression), None)
    if symbol is None:
        return f"needs to know the {failure.asks} `{failure.expression}`"
    if _is_its_own(failure):
        return f"takes {_A_NUMBER[failure.asks]} out of a tensor"
    return f"needs to know the {failure.asks} that {quoted(symbol.made_by)} gives"


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
        return "len(…) needs the number itself; .shape[0] stays symbolic"
    if failure.frame is not None and _checks_arguments(failure.frame):
        return "validate_args=False, where the distribution is made, leaves out the check"
    if _is_its_own(failure):
        return "give it a Python number where it takes one, or compute with tensors (torch.where, torch.cond)"
    if failure.asks != "bool" or not failure.symbols:
        return "keep the number symbolic, or compute with tensors"
    name = failure.symbols[0].name
    return f"say what you know of `{name}` after the line that makes it: torch._check(…)"


_DISTRIBUTION = re.compile(
    r"(^|\.)(distributions?\.\w+|log_prob|cdf|icdf"
    r"|(Bernoulli|Beta|Binomial|Categorical|Cauchy|Dirichlet|Exponential|Gamma|Laplace|LogNormal"
    r"|MultivariateNormal|Normal|OneHotCategorical|Poisson|Uniform|VonMises))$"
)


def _checks_arguments(frame: Frame) -> bool:
    """Whether it is a distribution of torch's, which asks its arguments whether they are in range."""
    return _DISTRIBUTION.search(frame.callee or "") is not None


RULE = Rule("data-dependent-guard", "error", page(__doc__), _explain)
