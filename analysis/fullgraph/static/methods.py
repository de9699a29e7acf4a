"""Methods of tensors and of Python's containers."""

from __future__ import annotations

import ast

from ..python.binding.api_tables import ADDING, BOOLEAN
from .context import AnalysisContext, Arguments
from .domain import (
    DERIVED,
    HOST,
    MASK,
    NONE,
    NUMBER,
    RAGGED,
    SIZE,
    TENSOR,
    TENSORS,
    UNKNOWN,
    Each,
    Host,
    Items,
    Method,
    RaggedShape,
    Record,
    Tensor,
    Value,
    element_of,
    has_data,
    join,
    tensor,
)
from .frames import Frame
from .state import grows
from .statements import element_when_iterated
from .torch_names import DEFINITE_METHODS, HOST_METHODS, SEVERAL_METHODS, TENSOR_METHODS

RAGGED_NAMES = frozenset({"nonzero", "masked_select", "argwhere", "unique"})
SEVERAL = SEVERAL_METHODS - RAGGED_NAMES
_ONE_WITHOUT_ARGUMENTS = frozenset({"max", "min", "median", "nanmedian"})
_OF_TENSORS = frozenset({"size", "dim", "item", "numpy"})


def call(
    method: Method, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    receiver, name = method.receiver, method.name
    if isinstance(receiver, Tensor):
        return _of_tensor(receiver, name, node, arguments, frame, context)
    match receiver:
        case Host():
            return HOST if not any(map(has_data, arguments.values)) else UNKNOWN
        case Each() | Items():
            return _of_sequence(receiver, name, node, arguments, frame, context)
        case Record():
            return _of_dict(receiver, name, node, arguments, frame)
    _grown(name, node, arguments, frame, context)
    if receiver is DERIVED:
        return _of_argument(name, node, arguments, frame, context)
    return DERIVED if any(map(has_data, arguments.values)) else UNKNOWN


def _of_argument(
    name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    """What comes of an argument's method; if only tensors have it, the argument is one."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and (name in DEFINITE_METHODS or name in _OF_TENSORS):
        frame.set(owner.id, TENSOR)
    if name in ("item", "numpy"):
        return _of_tensor(TENSOR, name, node, arguments, frame, context)
    if name not in DEFINITE_METHODS and name not in _ONE_WITHOUT_ARGUMENTS:
        return HOST if name in HOST_METHODS and name != "type" else DERIVED
    return _result(TENSOR, name, arguments)


# -- tensors -----------------------------------------------------------------------------------------

NOT_NUMPY = "use the torch function instead of NumPy's"


def _of_tensor(
    receiver: Tensor, name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    if name in ("equal", "allclose"):
        return output(node, (receiver, *arguments.positional), frame, context)
    if name in ("numpy", "data_ptr") and not receiver.constant:
        kind = "a NumPy array" if name == "numpy" else "a Python value"
        says = f"{{}} converts tensor data to {kind}, which does not exist at export time"
        context.report("tensor-to-python", node, says, NOT_NUMPY, frame)
        return UNKNOWN
    if name == "item":
        return UNKNOWN if receiver.constant else NUMBER
    return _result(receiver, name, arguments)


def output(node: ast.Call, operands: tuple[Value, ...], frame: Frame, context: AnalysisContext) -> Value:
    """`torch.equal` and `torch.allclose`."""
    if operands and all(
        each is DERIVED or (isinstance(each, Tensor) and not each.constant) for each in operands[:2]
    ):
        says, hint = (
            "the result of {} depends on tensor data",
            "use `torch.isclose(a, b).all()`, which returns a tensor",
        )
        context.report("data-dependent-output", node, says, hint, frame)
    return UNKNOWN


def _result(receiver: Tensor, name: str, arguments: Arguments) -> Value:
    constant = receiver.constant and not any(map(has_data, arguments.values))
    if name in RAGGED_NAMES:
        plain = not arguments.keywords and (name == "masked_select" or not arguments.positional)
        return RAGGED if plain and not constant else DERIVED
    if name in HOST_METHODS:
        return _size(receiver, name, arguments)
    if name in SEVERAL:
        return several(name, receiver, arguments)
    if name in BOOLEAN:
        return tensor(constant=True, boolean=True) if constant else MASK
    if name in TENSOR_METHODS:
        return tensor(constant=True) if constant else TENSOR
    return UNKNOWN if constant else DERIVED


def _size(receiver: Tensor, name: str, arguments: Arguments) -> Value:
    if not receiver.ragged or name not in ("size", "numel", "nelement"):
        return HOST
    if name != "size":
        return SIZE
    return RaggedShape() if not arguments.values else SIZE if arguments.values == (Host((0,)),) else HOST


def several(name: str, receiver: Value, arguments: Arguments) -> Value:
    """`x.max()` is one tensor, `x.max(1)` two, `x.max(y)` one."""
    if name in _ONE_WITHOUT_ARGUMENTS:
        if not arguments.values and not arguments.open:
            return tensor(receiver.constant) if isinstance(receiver, Tensor) else TENSOR
        if arguments.values and isinstance(arguments.values[0], Tensor):
            return TENSOR
        return TENSORS if isinstance(arguments.values[0], Host) else DERIVED
    return TENSORS if name in _ALL_TENSORS else DERIVED


_ALL_TENSORS = frozenset(
    {"sort", "topk", "kthvalue", "mode", "cummax", "cummin", "split", "chunk", "unbind", "aminmax"}
)


# -- containers --------------------------------------------------------------------------------------


def _of_sequence(
    receiver: Each | Items,
    name: str,
    node: ast.Call,
    arguments: Arguments,
    frame: Frame,
    context: AnalysisContext,
) -> Value:
    if name in ADDING:
        _grown(name, node, arguments, frame, context)
        return NONE
    element = element_of(receiver)
    return element if name == "pop" and element is not None else UNKNOWN


def _grown(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> None:
    if name not in ADDING or not isinstance(node.func, ast.Attribute):
        return
    grows(node.func.value, node, frame, context)
    owner = node.func.value
    if not isinstance(owner, ast.Name) or owner.id not in frame.names:
        return
    before = frame.names[owner.id]
    if name == "append" and isinstance(before, Each) and arguments.positional:
        added = arguments.positional[0]
        frame.set(owner.id, Each(added if before.element is None else join(before.element, added)))
    elif name == "extend" and isinstance(before, Each) and arguments.positional:
        added = element_when_iterated(arguments.positional[0])
        frame.set(owner.id, Each(added if before.element is None else join(before.element, added)))
    else:
        frame.set(owner.id, DERIVED if has_data(before) else UNKNOWN)


def _of_dict(receiver: Record, name: str, node: ast.Call, arguments: Arguments, frame: Frame) -> Value:
    values = [value for _, value in receiver.entries]
    if name in ("values", "items"):
        value = element_of(Items(tuple(values)))
        if value is None:
            return Each(None)
        return Each(value) if name == "values" else Each(Items((HOST, value)))
    if name in ("keys", "__len__"):
        return Each(HOST)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and owner.id in frame.names and name != "get":
        frame.set(owner.id, DERIVED)
    return DERIVED if any(map(has_data, values)) else UNKNOWN
