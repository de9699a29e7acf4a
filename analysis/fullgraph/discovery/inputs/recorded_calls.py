"""From the forms of recorded calls to source text: example inputs, and which dimensions were seen to differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..finder import Recorded

_TENSOR = re.compile(r"(\w+)\[([\d, ]*)\]")
_RANDOM = frozenset({"float32", "float64", "float16", "bfloat16", "complex64", "complex128"})

Form = Any


@dataclass(frozen=True, slots=True)
class Example:
    """Each is empty where there is nothing to say."""

    args: str
    kwargs: str
    dynamic_shapes: str


def example_of(entry: Recorded, *, has_rest: bool) -> Example | None:
    """The example inputs of an entry; None where a call was given what cannot be written down.

    `has_rest`: forward takes any number of arguments, so that what it was given has no names.
    """
    alike: dict[str, list[Form]] = defaultdict(list)
    for call in entry.calls:
        alike[repr(_skeleton(call))].append(call)
    calls = max(alike.values(), key=len)
    call = _example(calls)
    try:
        args = [_text(each) for each in call["args"]]
        kwargs = [f'"{name}": {_text(each)}' for name, each in call["kwargs"].items()]
    except _UnknownError:
        return None
    return Example(
        f"({', '.join(args)}{',' if len(args) == 1 else ''})",
        f"{{{', '.join(kwargs)}}}" if kwargs else "",
        "" if has_rest else _dynamic_shapes(entry, call, calls),
    )


class _UnknownError(Exception):
    """A value that has no text."""


def _example(calls: Sequence[Form]) -> Form:
    """The first call of which no size that others have otherwise is 0 or 1."""
    return next((call for call in calls if _is_general(call, calls)), calls[0])


def _is_general(call: Form, calls: Sequence[Form]) -> bool:
    others = [_sizes(each) for each in calls]
    own = _sizes(call)
    return all(size > 1 or all(other[index] == size for other in others) for index, size in enumerate(own))


def _sizes(form: Form) -> list[int]:
    return [size for text in _leaves(form) for size in _shape(text)]


def _leaves(form: Form) -> Iterator[str]:
    """The tensors of a form, in order."""
    if isinstance(form, str):
        yield form
    elif isinstance(form, list):
        for each in form:
            yield from _leaves(each)
    elif isinstance(form, dict) and "str" not in form and "unknown" not in form:
        for each in form.values():
            yield from _leaves(each)


def _skeleton(form: Form) -> Form:
    """The form without the sizes."""
    if isinstance(form, str):
        return f"{form.partition('[')[0]}, {len(_shape(form))}"
    if isinstance(form, list):
        return [_skeleton(each) for each in form]
    if isinstance(form, dict) and "str" not in form:
        return {key: _skeleton(each) for key, each in form.items()}
    return (type(form).__name__, form)


def _shape(text: str) -> tuple[int, ...]:
    match = _TENSOR.fullmatch(text)
    return tuple(int(size) for size in match[2].split(",") if size.strip()) if match else ()


# -- text --------------------------------------------------------------------------------------------


def _text(form: Form) -> str:
    if isinstance(form, str):
        return _tensor(form)
    if isinstance(form, list):
        return f"[{', '.join(map(_text, form))}]"
    if not isinstance(form, dict):
        return repr(form)
    if set(form) == {"str"} and isinstance(form["str"], str):
        return repr(form["str"])
    if set(form) == {"tuple"} and isinstance(form["tuple"], list):
        parts = [_text(each) for each in form["tuple"]]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if set(form) == {"dict"} and isinstance(form["dict"], dict):
        return f"{{{', '.join(f'{key!r}: {_text(each)}' for key, each in form['dict'].items())}}}"
    raise _UnknownError


def _tensor(text: str) -> str:
    match = _TENSOR.fullmatch(text)
    if match is None:
        raise _UnknownError
    dtype, shape = match[1], _shape(text)
    sizes = ", ".join(map(str, shape)) or "()"
    if dtype == "float32":
        return f"torch.randn({sizes})"
    if dtype in _RANDOM:
        return f"torch.randn({sizes}, dtype=torch.{dtype})"
    # Of integers nothing is known but that they may be an index, or a length: 1 is a valid one of both.
    whole = f"({sizes},)" if len(shape) == 1 else f"({sizes})" if shape else "()"
    made = f"torch.ones({whole}, dtype=torch.{dtype})"
    return made if dtype in _WHOLE else f"torch.ones({whole}).to(torch.{dtype})"


_WHOLE = frozenset({"bool", "uint8", "int8", "int16", "int32", "int64"})


# -- dimensions --------------------------------------------------------------------------------------


def _dynamic_shapes(entry: Recorded, example: Form, calls: Sequence[Form]) -> str:
    """`{"x": {0: Dim.DYNAMIC}}`; empty where all calls had the same sizes."""
    names = [*entry.forward[: len(example["args"])], *example["kwargs"]]
    own = [*example["args"], *example["kwargs"].values()]
    others = [[*call["args"], *call["kwargs"].values()] for call in calls]
    specs = [_spec(form, [other[index] for other in others]) for index, form in enumerate(own)]
    if len(names) != len(specs) or not any("Dim" in spec for spec in specs):
        return ""
    parts = [f'"{name}": {spec}' for name, spec in zip(names, specs, strict=True)]
    return f"{{{', '.join(parts)}}}"


def _spec(form: Form, all_forms: Sequence[Form]) -> str:
    if isinstance(form, str):
        shapes = [_shape(each) for each in all_forms]
        differ = [dim for dim in range(len(shapes[0])) if len({shape[dim] for shape in shapes}) > 1]
        return f"{{{', '.join(f'{dim}: Dim.DYNAMIC' for dim in differ)}}}" if differ else "None"
    if isinstance(form, list):
        parts = [_spec(each, [other[index] for other in all_forms]) for index, each in enumerate(form)]
        return f"[{', '.join(parts)}]" if any(part != "None" for part in parts) else "None"
    if isinstance(form, dict) and "tuple" in form:
        parts = [
            _spec(each, [other["tuple"][i] for other in all_forms]) for i, each in enumerate(form["tuple"])
        ]
        return f"({', '.join(parts)},)" if any(part != "None" for part in parts) else "None"
    if isinstance(form, dict) and "dict" in form:
        inner = {
            key: _spec(each, [other["dict"][key] for other in all_forms])
            for key, each in form["dict"].items()
        }
        if all(part == "None" for part in inner.values()):
            return "None"
        return f"{{{', '.join(f'{key!r}: {part}' for key, part in inner.items())}}}"
    return "None"
