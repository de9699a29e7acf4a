"""NumPy's functions and the methods of its arrays, each with what torch has for it.

One line is torch's name and then NumPy's parameters in their order: `axis:dim` has another name in torch and the
same place, `axis=dim` is only ever given by its name, `-` is one that torch does not have. `+correction=0` is
given where nothing else says it: NumPy's own default is another one than torch's.

The rule: what is here gives the same for whatever both take. What differs by more than names has a form of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass


class NoLikeError(Exception):
    """Something of NumPy's that torch has nothing for here."""


@dataclass(frozen=True)
class Parameter:
    """`torch` is its name there, empty where torch has none; `by_name`: it is given by its name alone."""

    numpy: str
    torch: str
    by_name: bool


@dataclass(frozen=True)
class Like:
    """`given` are the keywords, with their values, that stand in for NumPy's defaults."""

    name: str
    parameters: tuple[Parameter, ...]
    given: tuple[tuple[str, str], ...] = ()

    def takes(self, count: int) -> bool:
        """Whether as many arguments mean the same in both, by their places alone."""
        own = self.parameters[:count]
        return (
            count <= len(self.parameters) and not self.given and all(p.torch and not p.by_name for p in own)
        )

    def parameter(self, name: str) -> Parameter | None:
        return next((each for each in self.parameters if each.numpy == name), None)


def _like(line: str) -> tuple[str, Like]:
    names, *words = line.split()
    numpy, _, torch = names.partition(":")
    parameters = tuple(_parameter(word) for word in words if not word.startswith("+"))
    given = tuple(word[1:].partition("=")[::2] for word in words if word.startswith("+"))
    return numpy, Like(torch or numpy, parameters, given)


def _parameter(word: str) -> Parameter:
    by_name = "=" in word
    name, _, torch = word.partition("=" if by_name else ":")
    return Parameter(name.lstrip("-"), "" if word.startswith("-") else torch or name, by_name)


def _likes(text: str) -> dict[str, Like]:
    return dict(_like(line) for line in text.split("\n") if line.strip())


def _of(names: str, parameters: str) -> dict[str, Like]:
    return dict(_like(f"{name} {parameters}") for name in names.split())


_OF_ONE = """
abs absolute:abs fabs:abs exp exp2 expm1 log log2 log10 log1p sqrt square sin cos tan arcsin:asin arccos:acos
arctan:atan sinh cosh tanh arcsinh:asinh arccosh:acosh arctanh:atanh sign floor ceil trunc fix:trunc rint:round
negative:neg reciprocal deg2rad rad2deg radians:deg2rad degrees:rad2deg isnan isinf isfinite isposinf isneginf
signbit logical_not bitwise_not invert:bitwise_not real imag conj conjugate:conj angle ravel flipud fliplr
atleast_1d atleast_2d sinc i0
"""
_OF_TWO = """
add subtract multiply:mul divide:div true_divide:div floor_divide mod:remainder remainder fmod power:pow float_power
arctan2:atan2 hypot copysign logaddexp logaddexp2 fmax fmin equal:eq not_equal:ne greater:gt greater_equal:ge
less:lt less_equal:le logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor matmul dot:matmul outer
inner vdot kron array_equal:equal
"""

FUNCTIONS: Mapping[str, Like] = {
    **_of(_OF_ONE, "x"),
    **_of(_OF_TWO, "x y"),
    **_of("mean sum prod nanmean nansum", "a axis:dim dtype=dtype -out keepdims=keepdim"),
    **_of("std var", "a axis=dim -dtype -out ddof=correction keepdims=keepdim +correction=0"),
    **_of("max:amax min:amin amax amin", "a axis:dim -out keepdims=keepdim"),
    **_of("argmax argmin all any", "a axis:dim -out keepdims=keepdim"),
    **_of("cumsum cumprod", "a axis:dim dtype=dtype"),
    **_of("stack concatenate:cat concat:cat", "arrays axis:dim"),
    **_of("vstack hstack dstack column_stack", "arrays"),
    **_of("split:tensor_split array_split:tensor_split", "a indices_or_sections axis:dim"),
    **_of("isclose allclose", "a b rtol:rtol atol:atol equal_nan:equal_nan"),
    **_of("tril triu diag", "a k:diagonal"),
    **_of("squeeze expand_dims:unsqueeze", "a axis:dim"),
    **_of("zeros_like ones_like", "a dtype=dtype"),
    **_of("round around:round round_:round", "a decimals=decimals"),
    **_likes(
        """
        argsort a axis:dim
        clip:clamp a a_min:min a_max:max
        count_nonzero a axis:dim
        diff a n:n axis:dim
        where condition x y
        tile a reps
        repeat:repeat_interleave a repeats axis:dim
        swapaxes a axis1 axis2
        moveaxis a source destination
        reshape a shape
        broadcast_to a shape
        roll a shift:shifts axis:dims
        rot90 a k:k axes:dims
        trace a
        tensordot a b axes:dims
        cross a b -axisa -axisb -axisc axis=dim
        nan_to_num a -copy nan=nan posinf=posinf neginf=neginf
        full_like a fill_value dtype=dtype
        searchsorted a v side=side
        bincount x weights:weights minlength:minlength
        finfo dtype
        iinfo dtype
        """
    ),
    **{
        f"linalg.{name}": Like(f"linalg.{like.name}", like.parameters)
        for name, like in {
            **_of("inv det slogdet cholesky qr eigvalsh eigh", "a"),
            **_of("solve matrix_power", "a b"),
            **_likes("norm x ord:ord axis:dim keepdims:keepdim\nsvd a full_matrices=full_matrices\npinv a"),
        }.items()
    },
    **{
        f"fft.{name}": Like(f"fft.{like.name}", like.parameters)
        for name, like in {
            **_of("fft ifft rfft irfft", "a n:n axis:dim norm:norm"),
            **_of("fft2 ifft2 rfft2 irfft2", "a s:s axes:dim norm:norm"),
            **_of("fftshift ifftshift", "a axes:dim"),
        }.items()
    },
}
"""By NumPy's name, without `np.`; the first parameters are given by their places."""

METHODS: Mapping[str, Like] = {
    **_of("mean sum prod", "axis:dim dtype=dtype -out keepdims=keepdim"),
    **_of("std var", "axis=dim -dtype -out ddof=correction keepdims=keepdim +correction=0"),
    **_of("argmax argmin all any", "axis:dim -out keepdims=keepdim"),
    **_of("max min", "axis:dim -out keepdims=keepdim"),
    **_of("cumsum cumprod argsort squeeze", "axis:dim"),
    **_of("copy:clone", ""),
    **_of("ravel conj", ""),
    **_likes(
        """
        clip:clamp min:min max:max
        round decimals=decimals
        repeat:repeat_interleave repeats axis:dim
        swapaxes axis1 axis2
        dot:matmul b
        """
    ),
}
"""Those of which torch's have another name, other parameters or other defaults."""

SAME_METHODS = frozenset({"reshape", "flatten", "item", "tolist", "view", "trace"})
"""Those that torch's tensors have as well."""

CONSTANTS: Mapping[str, str] = {
    **{name: name for name in ("pi", "inf", "nan", "e", "float16", "float32", "float64", "uint8", "int8")},
    **{name: name for name in ("int16", "int32", "int64", "complex64", "complex128", "bool")},
    "bool_": "bool",
    "single": "float32",
    "double": "float64",
    "Inf": "inf",
    "NaN": "nan",
    "intp": "int64",
}

DTYPES: Mapping[str, str] = {
    "float": "float64",
    "int": "int64",
    "bool": "bool",
    "complex": "complex128",
    **{name: name for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "int8", "int16")},
    "f4": "float32",
    "f8": "float64",
    "i4": "int32",
    "i8": "int64",
}
"""By Python's names, and by those that strings have."""


def argument(node: ast.Call, place: int, name: str) -> ast.expr | None:
    """What a call gives a parameter, by its place or by its name."""
    if len(node.args) > place:
        return node.args[place]
    return next((each.value for each in node.keywords if each.arg == name), None)


def needed(node: ast.Call, place: int, name: str) -> ast.expr:
    """The same, where it has to be given.

    Raises:
        NoLikeError: it is not.
    """
    found = argument(node, place, name)
    if found is None:
        raise NoLikeError
    return found
