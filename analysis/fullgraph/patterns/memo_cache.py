"""A cache that `forward` fills by size or device: compute the value anew, or make it a buffer in `__init__`.

An exported program has no dict that fills, and a dynamic size is no key: what was found at export stays for good.
A table of positions or a mask is cheap within the program, which computes it for each size. What is made of
parameters, such as a bias that a table of indices picks, is then made of those that were loaded last, too.

## Before

```python
key = str(x.device)
if key not in self.bias_cache:
    self.bias_cache[key] = self.biases[:, self.indices]
attention = scores + self.bias_cache[key]

if n not in self.masks:
    self.masks[n] = torch.ones(n, n, device=x.device).tril()
return scores * self.masks[n]
```

## After

```python
attention = scores + self.biases[:, self.indices]

return scores * torch.ones(n, n, device=x.device).tril()

# or, where sizes have a greatest one: in __init__, and in forward
self.register_buffer("mask", torch.ones(longest, longest).tril(), persistent=False)
return scores * self.mask[:n, :n]
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..python.syntax.names import dotted_name, method_name
from .pattern import Pattern, Sight, page


def _fits(sight: Sight) -> bool:
    """Whether the statement is about something that its function asks whether it has a key."""
    asked = set(_asked(sight.function))
    return any(dotted_name(n) in asked for n in ast.walk(sight.statement) if isinstance(n, ast.expr))


def _asked(function: ast.AST) -> Iterator[str]:
    """`self.cache` of `key not in self.cache` and `self.cache.get(key)`, if the function puts something in."""
    filled = {
        dotted_name(n.value)
        for n in ast.walk(function)
        if isinstance(n, ast.Subscript)
        and isinstance(n.ctx, ast.Store)
        and not isinstance(n.slice, ast.Slice)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            owner: ast.expr = node.comparators[0]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and method_name(node) == "get"
        ):
            owner = node.func.value
        else:
            continue
        if (name := dotted_name(owner)) in filled:
            yield name


_RULES = frozenset({"lost-state", "export-error", "dim-specialized", "silent-specialization"})
PATTERN = Pattern("memo-cache", _RULES, page(__doc__), _fits)
