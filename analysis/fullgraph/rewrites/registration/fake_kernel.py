"""Writes the fake kernel of a custom operator from its observed calls, or fixes one that does not match.

Shapes and dtypes come from the calls in the model's forward pass, on the example inputs and on other sizes that
the spec allows: an output with the shape of an input is created like it; other sizes are written as an input's
size, as a fraction or a multiple of it, or as a literal. No kernel is written where none of these holds at all
sizes.

## Before

```python
@torch.library.custom_op("mylib::pool", mutates_args=())
def pool(x: torch.Tensor, window: int) -> torch.Tensor:
    return x.unfold(1, window, window).mean(-1)
```

## After

```python
@torch.library.custom_op("mylib::pool", mutates_args=())
def pool(x: torch.Tensor, window: int) -> torch.Tensor:
    return x.unfold(1, window, window).mean(-1)


@pool.register_fake
def _(x, window):
    return x.new_empty(x.shape[0], x.shape[1] // window)
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...model import KernelArgument, KernelCall, KernelMismatch, KernelMissing
from ...python.binding import scopes
from ...python.syntax.names import call_name, last_name
from ..edit.lines import put_below
from ..edit.module import Code
from ..rewrite import Problem, Proposal, Rewrite, page


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, (KernelMissing, KernelMismatch)) or not failure.calls:
        return
    name = failure.operator.replace(".", "::", 1)
    for file in dict.fromkeys((problem.target.file, *problem.facts.loaded)):
        parsed = problem.parsed(file)
        code = Code.of(parsed) if parsed else None
        operator = _operator(code, name) if code else None
        if code is None or operator is None:
            continue
        kernel = _Kernel(code, operator, failure.calls)
        if isinstance(failure, KernelMissing):
            yield from _written(kernel, failure.operator)
        else:
            yield from _mended(kernel, name, failure.operator)
        return


def _operator(code: Code, name: str) -> ast.FunctionDef | None:
    """The function below `@torch.library.custom_op("mylib::pool", …)`."""
    functions = (node for node in code.tree.body if isinstance(node, ast.FunctionDef))
    return next((f for f in functions if any(_registers(d, name) for d in f.decorator_list)), None)


def _registers(decorator: ast.expr, name: str) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and last_name(decorator) in ("custom_op", "triton_op")
        and bool(decorator.args)
        and isinstance(decorator.args[0], ast.Constant)
        and decorator.args[0].value == name
    )


def _written(kernel: _Kernel, said: str) -> Iterator[Proposal]:
    result = kernel.result()
    if result is None:
        return
    parameters = ", ".join(kernel.parameters)
    lines = (f"@{kernel.operator.name}.register_fake", f"def _({parameters}):", f"    return {result}")
    if edit := put_below(kernel.code, kernel.operator, *lines, margin=2):
        yield Proposal(f"Register a fake kernel for `{said}`", (edit,), guesses=True)


def _mended(kernel: _Kernel, name: str, said: str) -> Iterator[Proposal]:
    fakes = [
        f for f in ast.walk(kernel.code.tree) if isinstance(f, ast.FunctionDef) and _is_fake(f, kernel, name)
    ]
    if len(fakes) != 1:
        return
    returns = [node for node in ast.walk(fakes[0]) if isinstance(node, ast.Return) and node.value is not None]
    result = kernel.named(tuple(a.arg for a in fakes[0].args.args)).result()
    if len(returns) == 1 and returns[0].value is not None and result is not None:
        edit = kernel.code.replaced(returns[0].value, result)
        yield Proposal(f"Fix the fake kernel of `{said}`", (edit,), guesses=True)


def _is_fake(function: ast.FunctionDef, kernel: _Kernel, name: str) -> bool:
    for decorator in function.decorator_list:
        if call_name(decorator) in (
            f"{kernel.operator.name}.register_fake",
            f"{kernel.operator.name}.register_abstract",
        ):
            return True
        said = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
        if last_name(decorator) == "register_fake" and isinstance(said, ast.Constant):
            return bool(said.value == name)
    return False


@dataclass(frozen=True)
class _Kernel:
    """An operator's definition, and calls of it."""

    code: Code
    operator: ast.FunctionDef
    calls: tuple[KernelCall, ...]
    names: tuple[str, ...] = ()

    def named(self, names: tuple[str, ...]) -> _Kernel:
        return _Kernel(self.code, self.operator, self.calls, names)

    @property
    def parameters(self) -> tuple[str, ...]:
        """As the operator has them, with the values that they default to."""
        pairs = scopes.given(self.operator.args)
        names = [f"{a.arg}={self.code.text(d)}" if d else a.arg for a, d in pairs]
        if self.operator.args.kwonlyargs:
            names.insert(len(scopes.positional(self.operator.args)), "*")
        return tuple(names)

    def result(self) -> str | None:
        """The expression that a fake kernel returns; None where its sizes follow from nothing that is seen."""
        torch = self.code.torch
        count = {len(call.outputs) for call in self.calls}
        if torch is None or len(count) != 1:
            return None
        given = [self._output(index, torch) for index in range(count.pop())]
        if any(each is None for each in given):
            return None
        text = ", ".join(each for each in given if each)
        returned = ast.unparse(self.operator.returns) if self.operator.returns else ""
        return f"[{text}]" if returned.lower().startswith(("list", "typing.list")) else text

    def _output(self, index: int, torch: str) -> str | None:
        outputs = [call.outputs[index] for call in self.calls]
        if all(output.dtype is None for output in outputs):
            return "None" if not outputs[0].text else None
        for position, name in self._tensors():
            inputs = [call.inputs[position] for call in self.calls]
            if all(i.shape == o.shape for i, o in zip(inputs, outputs, strict=True)):
                return f"{torch}.empty_like({name}{_dtype(inputs, outputs, torch)})"
        for position, name in self._tensors():
            inputs = [call.inputs[position] for call in self.calls]
            if len({len(output.shape) for output in outputs}) != 1:
                return None
            sizes = [self._size([o.shape[dim] for o in outputs], dim) for dim in range(len(outputs[0].shape))]
            if None in sizes:
                return None
            shape = ", ".join(size for size in sizes if size) or "()"
            return f"{name}.new_empty({shape}{_dtype(inputs, outputs, torch)})"
        return None

    def _tensors(self) -> Iterator[tuple[int, str]]:
        for position, name in enumerate(self.names or [a.arg for a in self.operator.args.args]):
            if all(position < len(call.inputs) and call.inputs[position].dtype for call in self.calls):
                yield position, name

    def _size(self, wanted: list[int], dim: int) -> str | None:
        """A size of the output: an input's, most likely of the same dimension, or part or a multiple of one.

        A size of 1 is what is kept of a dimension that was reduced, rather than a part of one.
        """
        sources = sorted(self._sizes(), key=lambda source: source[1] != dim)
        for name, at, sizes in sources:
            if sizes == wanted:
                return f"{name}.shape[{at}]"
        if set(wanted) == {1}:
            return "1"
        numbers = [*self._numbers(), *((str(n), [n] * len(wanted)) for n in (2, 4, 8))]
        same = len(set(wanted)) == 1
        for number, values in numbers:
            for name, at, sizes in sources:
                if same and at != dim and number.isdigit():
                    continue  # nothing speaks for it but that the numbers agree
                pairs = list(zip(sizes, values, wanted, strict=True))
                if all(value and size // value == want for size, value, want in pairs):
                    return f"{name}.shape[{at}] // {number}"
                if all(size * value == want for size, value, want in pairs):
                    return f"{name}.shape[{at}] * {number}"
        exact = (number for number, values in self._numbers() if values == wanted)
        return next(exact, str(wanted[0]) if same else None)

    def _sizes(self) -> Iterator[tuple[str, int, list[int]]]:
        for position, name in self._tensors():
            for dim in range(min(len(call.inputs[position].shape) for call in self.calls)):
                yield name, dim, [call.inputs[position].shape[dim] for call in self.calls]

    def _numbers(self) -> Iterator[tuple[str, list[int]]]:
        for position, name in enumerate(self.names or [a.arg for a in self.operator.args.args]):
            texts = [call.inputs[position].text for call in self.calls if position < len(call.inputs)]
            if len(texts) == len(self.calls) and all(text.isdigit() for text in texts):
                yield name, [int(text) for text in texts]


def _dtype(inputs: list[KernelArgument], outputs: list[KernelArgument], torch: str) -> str:
    same = all(i.dtype == o.dtype for i, o in zip(inputs, outputs, strict=True))
    return "" if same else f", dtype={torch}.{outputs[0].dtype}"


_RULES = frozenset({"missing-fake-kernel", "mismatched-fake-kernel"})
REWRITE = Rewrite("fake-kernel", _RULES, page(__doc__), _find)
