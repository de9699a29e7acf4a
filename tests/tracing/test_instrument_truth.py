"""How often a value is asked for its truth does not change: not in any nesting of what asks."""

from __future__ import annotations

from itertools import product
from types import CodeType, FunctionType
from typing import Any

import pytest
from fullgraph.tracing.instrumentation.instrument import Swap, observe_source

_LEAVES = ("a()", "b()", "c()")
_SIMPLE = (
    "{a}",
    "(not {a})",
    "({a} and {b})",
    "({a} or {b})",
    "({b} if {a} else {c})",
    "({a} < {b})",
    "({a} < {b} < {c})",
    "(w := {a})",
)
_COMPOUND = (
    "not {0}",
    "not ({0} and {1})",
    "{0} and {1}",
    "{0} or {1} or {0}",
    "({0} if {1} else {0})",
    "a() < {0} < {1}",
)
_CONTEXTS = {
    "value": "    return {}",
    "if": "    if {}:\n        return 1\n    return 2",
    "while": "    while {}:\n        return 1\n    return 2",
    "ternary": "    return 1 if {} else 2",
    "assert": "    try:\n        assert {}\n    except AssertionError:\n        return 1",
    "comprehension": "    return [1 for _ in 'ab' if {}]",
    "guard": "    match 0:\n        case _ if {}:\n            return 1",
    "not": "    return not ({})",
}


class Truth:
    """A value that writes down when it is asked, and that compares to another such."""

    def __init__(self, name: str, value: bool, log: list[str]) -> None:
        self.name, self.value, self.log = name, value, log

    def __bool__(self) -> bool:
        self.log.append(self.name)
        return self.value

    def __lt__(self, other: object) -> Truth:
        return Truth(f"{self.name}<{other}", self.value == (str(other) < "b"), self.log)

    def __gt__(self, other: object) -> Truth:
        return Truth(f"{self.name}>{other}", self.value != (str(other) < "b"), self.log)

    def __repr__(self) -> str:
        return self.name


def expressions() -> list[str]:
    a, b, c = _LEAVES
    simple = [form.format(a=a, b=b, c=c) for form in _SIMPLE]
    return [form.format(x, y) for form in _COMPOUND for x, y in product(simple, simple[::2])]


@pytest.mark.parametrize("context", _CONTEXTS)
def test_truth_is_asked_as_often(context: str) -> None:
    body = _CONTEXTS[context]
    wanted = sorted(set(expressions()))
    text = "\n".join(f"def case_{n}():\n{body.format(e)}" for n, e in enumerate(wanted))
    files = observe_source(text, f"truth {context}")
    plain = functions(files.plain)
    before = [outcome(function) for function in plain]
    seen: list[int] = []

    def note(site: int, value: Any) -> Any:
        seen.append(site)
        return value

    with Swap([files], note):
        after = [outcome(function) for function in plain]
    assert len(seen) > len(wanted)
    for expression, one, other in zip(wanted, before, after, strict=True):
        assert one == other, expression


def functions(module: CodeType) -> list[FunctionType]:
    namespace: dict[str, object] = {}
    exec(module, namespace)
    return [value for value in namespace.values() if isinstance(value, FunctionType)]


def outcome(function: FunctionType) -> list[object]:
    """What the function returned, and who was asked, for each choice of the leaves."""
    found: list[object] = []
    for values in product((True, False), repeat=3):
        log: list[str] = []
        for name, value in zip("abc", values, strict=True):
            truth = Truth(name, value, log)
            function.__globals__[name] = lambda truth=truth: truth
        found.append((repr(function()), tuple(log)))
    return found
