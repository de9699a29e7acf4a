"""NumPy's expressions as torch's, part by part.

The rule: an expression has a like as soon as all of its parts that are NumPy's have one. That a name is an array is
told by what it is given, and by what is done with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...python.syntax.literals import is_number, is_whole_slice
from ...python.syntax.names import dotted_name, method_name
from ...python.syntax.precedence import owner
from ..edit.module import Code
from .numpy_likes import (
    CONSTANTS,
    DTYPES,
    FUNCTIONS,
    METHODS,
    SAME_METHODS,
    Like,
    NoLikeError,
    argument,
    needed,
)
from .numpy_special import FORMS

_BACK = frozenset({"from_numpy", "as_tensor", "tensor", "asarray"})
_ARRAYS = frozenset({"array", "asarray", "ascontiguousarray", "asanyarray"})
_MAKERS = frozenset({"zeros", "ones", "eye", "linspace", "full", "arange", "identity"})
_SAID = frozenset({"dtype", "device"})
_OF_TENSORS = frozenset(
    {"detach", "cpu", "to", "float", "double", "half", "contiguous", "clone", "unsqueeze"}
)
"""Methods that arrays do not have: in `x = x.detach().numpy()` the name holds a tensor yet."""


@dataclass(frozen=True)
class Forms:
    """`arrays` are the names of a function that hold arrays, which are tensors afterwards."""

    code: Code
    torch: str
    numpy: str | None
    arrays: frozenset[str]

    def changed(self, node: ast.expr) -> str | None:
        """The text that takes a node's place; None where the node stays, whatever becomes of its parts.

        Raises:
            NoLikeError: it is NumPy's, and torch has nothing for it.
        """
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript) and self.is_array(node.value):
            return self._reversed(node)
        return None

    def of(self, node: ast.expr) -> str:
        """The text of an expression once it is torch's."""
        own = self.changed(node)
        if own is not None:
            return own
        instead = {part: self.of(part) for part in _parts(node)}
        changed = {part: text for part, text in instead.items() if text != self.code.flat(part)}
        return self.code.flat_with(node, changed)

    # -- what is an array --------------------------------------------------------------------------

    def is_array(self, node: ast.expr) -> bool:
        """Whether an expression gives an array, as far as its text says."""
        if isinstance(node, ast.Name):
            return node.id in self.arrays
        if isinstance(node, ast.Call):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if method_name(node) == "numpy" or self.name_of(node.func):
                return True
            return owner is not None and method_name(node) not in ("item", "tolist") and self.is_array(owner)
        if isinstance(node, ast.Attribute):
            return node.attr in ("T", "real", "imag") and self.is_array(node.value)
        if isinstance(node, ast.Subscript):
            return self.is_array(node.value)
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare)):
            return any(self.is_array(part) for part in _parts(node))
        return isinstance(node, ast.IfExp) and self.is_array(node.body)

    def name_of(self, node: ast.expr) -> str:
        """`linalg.norm` of `np.linalg.norm`; "" of what is not NumPy's."""
        name = dotted_name(node)
        mine = self.numpy and name.startswith(f"{self.numpy}.")
        return name.partition(".")[2] if mine else ""

    # -- calls -------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> str | None:
        if name := self.name_of(node.func):
            return self.code.flat(node) if self._is_known(name, node) else self._function(name, node)
        name = dotted_name(node.func)
        if name.partition(".")[0] == self.torch and name.partition(".")[2] in _BACK:
            return self._back(node)
        if not isinstance(node.func, ast.Attribute):
            return None
        if node.func.attr == "numpy":
            return self._tensor(node.func.value)
        return self._method(node, node.func) if self.is_array(node.func.value) else None

    def _is_known(self, name: str, node: ast.Call) -> bool:
        """`np.prod(x.shape)`, `np.sqrt(64)`: of numbers that are there without the data."""
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return name in FUNCTIONS and bool(given) and all(map(is_plain, given))

    def _tensor(self, node: ast.expr) -> str:
        """`t` of `t.cpu().numpy()`; `detach` changes what is trained, so it stays."""
        while method_name(node) == "cpu":
            node = node.func.value  # type: ignore[attr-defined]
        return self.of(node)

    def _back(self, node: ast.Call) -> str | None:
        """`torch.from_numpy(a)`, `torch.tensor(a, dtype=…)`."""
        if len(node.args) != 1 or not self._is_converted(node.args[0]):
            return None
        inner = self.of(node.args[0])
        said = [k for k in node.keywords if k.arg in _SAID]
        if len(said) != len(node.keywords):
            raise NoLikeError
        keywords = ", ".join(f"{k.arg}={self.of(k.value)}" for k in said)
        return f"{owner(inner)}.to({keywords})" if said else inner

    def _is_converted(self, node: ast.expr) -> bool:
        """`torch.tensor([1, 2])` makes a tensor; `torch.tensor(array)` converts one."""
        literal = isinstance(node, (ast.List, ast.Tuple, ast.Constant, ast.ListComp, ast.UnaryOp))
        return not literal or self.is_array(node)

    def _function(self, name: str, node: ast.Call) -> str:
        form = FORMS.get(name)
        if form is not None:
            return form(self, node, name)
        if name in _ARRAYS:
            return self._array(node)
        if name in _MAKERS:
            return self._made(name, node)
        if name in CONSTANTS:
            return self._cast(CONSTANTS[name], node)
        like = FUNCTIONS.get(name)
        if like is None:
            raise NoLikeError
        if name in ("cumsum", "cumprod", "repeat") and argument(node, 1 + (name == "repeat"), "axis") is None:
            flat = (
                f"{self.torch}.ravel({self.of(node.args[0])})" if name != "repeat" else self.of(node.args[0])
            )
            rest = [self.of(arg) for arg in node.args[1:]] + ([] if name == "repeat" else ["dim=0"])
            return f"{self.torch}.{like.name}({', '.join([flat, *rest])})"
        return f"{self.torch}.{like.name}({', '.join(self._arguments(like, node))})"

    def _method(self, node: ast.Call, function: ast.Attribute) -> str | None:
        name, owner = function.attr, self.owner(function.value)
        if name == "astype":
            return f"{owner}.to({self.dtype(needed(node, 0, 'dtype'))})"
        if name == "transpose":
            return f"{owner}.permute({', '.join(map(self.of, node.args))})" if node.args else f"{owner}.T"
        if name == "nonzero":
            return f"{owner}.nonzero(as_tuple=True)"
        if name in ("cumsum", "cumprod") and argument(node, 0, "axis") is None:
            return f"{owner}.ravel().{name}(dim=0)"
        if name in ("max", "min") and (node.args or node.keywords):
            return f"{owner}.a{name}({', '.join(self._arguments(METHODS[name], node))})"
        if name in METHODS:
            return f"{owner}.{METHODS[name].name}({', '.join(self._arguments(METHODS[name], node))})"
        if name in SAME_METHODS or name in _OF_TENSORS:
            return None
        raise NoLikeError

    def _arguments(self, like: Like, node: ast.Call) -> Iterator[str]:
        if any(isinstance(arg, ast.Starred) for arg in node.args) or len(node.args) > len(like.parameters):
            raise NoLikeError
        said = set()
        for arg, parameter in zip(node.args, like.parameters, strict=False):
            if not parameter.torch:
                raise NoLikeError
            said.add(parameter.torch)
            value = self._value(parameter.torch, arg)
            yield f"{parameter.torch}={value}" if parameter.by_name else value
        for keyword in node.keywords:
            named = like.parameter(keyword.arg or "")
            if named is None or not named.torch:
                raise NoLikeError
            said.add(named.torch)
            yield f"{named.torch}={self._value(named.torch, keyword.value)}"
        yield from (f"{name}={value}" for name, value in like.given if name not in said)

    def _value(self, name: str, node: ast.expr) -> str:
        return self.dtype(node) if name == "dtype" else self.of(node)

    def dtype(self, node: ast.expr) -> str:
        """`np.float32`, `"float32"`, `float`, `x.dtype`."""
        said = node.value if isinstance(node, ast.Constant) else node.id if isinstance(node, ast.Name) else ""
        known = DTYPES.get(said) if isinstance(said, str) else None
        return f"{self.torch}.{known}" if known else self.of(node)

    def owner(self, node: ast.expr) -> str:
        """What a method is called on."""
        text = self.of(node)
        return owner(text)

    # -- arrays that are made ----------------------------------------------------------------------

    def _array(self, node: ast.Call) -> str:
        """`np.array([1, 2])` makes one, `np.asarray(a)` has one."""
        dtype = argument(node, 1, "dtype")
        if not node.args or any(k.arg not in ("dtype", "copy") for k in node.keywords):
            raise NoLikeError
        first = node.args[0]
        if not isinstance(first, (ast.List, ast.Tuple, ast.Constant)) and not is_number(first):
            owner = self.owner(first)
            return f"{owner}.to({self.dtype(dtype)})" if dtype is not None else self.of(first)
        numbers = [n for n in ast.walk(first) if isinstance(n, ast.Constant)]
        if not all(isinstance(n, (ast.List, ast.Tuple, ast.UnaryOp, ast.Constant)) for n in _inner(first)):
            raise NoLikeError
        return f"{self.torch}.tensor({self.of(first)}{self._dtype_of(dtype, numbers)})"

    def _made(self, name: str, node: ast.Call) -> str:
        """Numbers are of float64 where nothing says otherwise."""
        dtype = next((k.value for k in node.keywords if k.arg == "dtype"), None)
        allowed = ("dtype", "num", "shape", "fill_value")
        if any(k.arg not in allowed for k in node.keywords) or len(node.args) > 3 or not node.args:
            raise NoLikeError
        args = [self.of(arg) for arg in node.args]
        if name in ("zeros", "ones", "eye", "identity", "linspace"):
            spared = {"zeros": 1, "ones": 1, "eye": 2, "identity": 1, "linspace": 3}[name]
            if len(args) > spared:  # the dtype by its place
                raise NoLikeError
            other = "" if dtype is not None else f", dtype={self.torch}.float64"
        else:
            numbers = [n for arg in node.args for n in ast.walk(arg) if isinstance(n, ast.Constant)]
            other = "" if dtype is not None else self._dtype_of(None, numbers)
        steps = next((self.of(k.value) for k in node.keywords if k.arg == "num"), "50")
        args += [f"steps={steps}"] if name == "linspace" and len(args) == 2 else []
        said = f", dtype={self.dtype(dtype)}" if dtype is not None else other
        return f"{self.torch}.{'eye' if name == 'identity' else name}({', '.join(args)}{said})"

    def _dtype_of(self, dtype: ast.expr | None, numbers: list[ast.Constant]) -> str:
        if dtype is not None:
            return f", dtype={self.dtype(dtype)}"
        return f", dtype={self.torch}.float64" if any(isinstance(n.value, float) for n in numbers) else ""

    def _cast(self, dtype: str, node: ast.Call) -> str:
        """`np.float32(a)`."""
        if len(node.args) != 1 or node.keywords:
            raise NoLikeError
        if is_number(node.args[0]):
            return f"{self.torch}.tensor({self.of(node.args[0])}, dtype={self.torch}.{dtype})"
        return f"{self.owner(node.args[0])}.to({self.torch}.{dtype})"

    # -- other expressions -------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> str | None:
        if name := self.name_of(node):
            if name == "newaxis":
                return "None"
            if name == "ndarray":
                return f"{self.torch}.Tensor"
            if name in CONSTANTS:
                return f"{self.torch}.{CONSTANTS[name]}"
            raise NoLikeError
        is_size = node.attr == "size" and self.is_array(node.value)
        return f"{self.owner(node.value)}.numel()" if is_size else None

    def _reversed(self, node: ast.Subscript) -> str | None:
        """`a[:, ::-1]`: torch's steps are positive."""
        index = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = [n for n, each in enumerate(index) if _is_backwards(each)]
        if not places:
            return None
        from_end = isinstance(index[0], ast.Constant) and index[0].value is ...
        rest = [each for n, each in enumerate(index) if n not in places and not (from_end and n == 0)]
        if not all(map(is_whole_slice, rest)):
            raise NoLikeError
        dims = [n - len(index) if from_end else n for n in places]
        return f"{self.owner(node.value)}.flip({', '.join(map(str, dims))})"


def is_plain(node: ast.expr) -> bool:
    """Whether an expression is of sizes and written numbers alone."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Tuple, ast.List)):
        return all(map(is_plain, _parts(node)))
    if isinstance(node, ast.Subscript):
        return is_plain(node.value)
    if isinstance(node, ast.Call):
        return method_name(node) in ("size", "dim") or dotted_name(node.func) in ("len", "int", "float")
    return isinstance(node, ast.Attribute) and node.attr in ("shape", "ndim")


def _is_backwards(node: ast.expr) -> bool:
    """`::-1`."""
    return (
        isinstance(node, ast.Slice)
        and node.lower is node.upper is None
        and node.step is not None
        and ast.unparse(node.step) == "-1"
    )


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that a node is made of, also those behind keywords, slices and comprehensions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Slice) or not isinstance(child, ast.expr):
            yield from _parts(child)
        elif not isinstance(child, ast.Starred):
            yield child


def _inner(node: ast.expr) -> Iterator[ast.expr]:
    return (each for each in ast.walk(node) if isinstance(each, ast.expr))
