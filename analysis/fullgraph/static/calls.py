"""Calls: of the user's functions, of torch's, of Python's own, and of methods."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ..python.binding.api_tables import BOOLEAN
from ..python.syntax.names import last_part
from . import methods
from .context import AnalysisContext, Arguments
from .domain import (
    DERIVED,
    FALSE,
    HOST,
    NONE,
    RAGGED,
    TENSOR,
    TRUE,
    UNKNOWN,
    Each,
    Host,
    Items,
    Layer,
    Method,
    Named,
    Number,
    Record,
    Tensor,
    Value,
    has_data,
    tensor,
)
from .frames import Frame
from .inlining import instance_call
from .scopes import Class, Function, Instance
from .state import register
from .statements import element_when_iterated
from .torch_names import FALSE_IN_EXPORT, LAYERS, NN_FUNCTIONS, TENSOR_FUNCTIONS, TRUE_IN_EXPORT

REGISTERS = frozenset({"register_buffer", "register_parameter"})
_EFFECTS = frozenset(
    [
        "builtins.print",
        "time.time",
        "time.perf_counter",
        "time.monotonic",
        "time.process_time",
        "time.sleep",
        "random.random",
        "random.randint",
        "random.uniform",
        "random.choice",
        "random.gauss",
        "random.shuffle",
        "logging.debug",
        "logging.info",
        "logging.warning",
        "logging.error",
        "logging.exception",
    ]
)
_FROM_TEXT = frozenset({"tensor", "as_tensor", "asarray", "scalar_tensor", "from_numpy"})
_OF_LISTS = frozenset(
    [
        "cat",
        "concat",
        "concatenate",
        "stack",
        "hstack",
        "vstack",
        "dstack",
        "column_stack",
        "row_stack",
        "einsum",
        "block_diag",
        "zeros",
        "ones",
        "empty",
        "full",
        "rand",
        "randn",
        "randint",
        "randperm",
        "arange",
        "linspace",
        "logspace",
        "eye",
        "cartesian_prod",
        "combinations",
        "tril_indices",
        "triu_indices",
        "normal",
        "pad",
        "is_tensor",
    ]
)
_TENSOR_TO_NUMPY = frozenset(f"numpy.{name}" for name in ("array", "asarray", "sqrt", "exp", "log"))


def call(node: ast.Call, frame: Frame, context: AnalysisContext) -> Value:
    function = context.evaluate(node.func, frame, context)
    if context.building is not None and isinstance(function, Named) and function.name.startswith("torch.nn."):
        layer = last_part(function.name)
        if layer in LAYERS:  # whatever it is given
            return _one_layer(layer, node)
    arguments = _arguments(node, frame, context)
    if isinstance(function, Named):
        return _named(function.name, node, arguments, frame, context)
    if isinstance(function, Method) and not isinstance(function.receiver, Instance):
        return methods.call(function, node, arguments, frame, context)
    match function:
        case Function():
            _may_change(node, frame)
            return context.call(function, arguments, frame, context)
        case Instance():
            _may_change(node, frame)
            return instance_call(function, arguments, frame, context)
        case Layer():
            return _layer(function, node, arguments, frame)
        case Class():
            return Instance(function.scope) if function.scope.is_module else _unknown(arguments)
        case Method(receiver=Instance(), name=name):
            register(name, arguments, context)
            return UNKNOWN
    _may_change(node, frame)
    return DERIVED if function is DERIVED else _unknown(arguments)


def _arguments(node: ast.Call, frame: Frame, context: AnalysisContext) -> Arguments:
    positional = tuple([context.evaluate(each, frame, context) for each in node.args])
    starred = ast.Starred in map(type, node.args)
    if not node.keywords:
        return Arguments(positional, (), starred)
    keywords = tuple(
        [(each.arg or "", context.evaluate(each.value, frame, context)) for each in node.keywords]
    )
    return Arguments(positional, keywords, starred or any(not key for key, _ in keywords))


def _unknown(arguments: Arguments) -> Value:
    return DERIVED if any(map(has_data, arguments.values)) else UNKNOWN


def _may_change(node: ast.Call, frame: Frame) -> None:
    """A list that was given away can come back with anything in it."""
    for each in node.args:
        if isinstance(each, ast.Name) and isinstance(value := frame.names.get(each.id), Each | Record):
            frame.names[each.id] = DERIVED if has_data(value) else UNKNOWN


def _layer(layer: Layer, node: ast.Call, arguments: Arguments, frame: Frame) -> Value:
    if not layer.single:
        return _unknown(arguments)
    _is_tensor(node, frame)
    return TENSOR


def _is_tensor(node: ast.Call, frame: Frame) -> None:
    """A layer takes a tensor: so that is what the first argument is."""
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Name) and frame.names.get(first.id) is DERIVED:
        frame.names[first.id] = TENSOR


# -- by name -----------------------------------------------------------------------------------------


def _named(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    if name in _EFFECTS and not frame.conditional:
        says = "{} runs once at export time, not in the exported program"
        context.report(
            "traced-side-effect", node, says, "guard it with `if not torch.compiler.is_exporting():`", frame
        )
    if name in TRUE_IN_EXPORT or name in FALSE_IN_EXPORT:
        return TRUE if name in TRUE_IN_EXPORT else FALSE
    package, _, last = name.rpartition(".")
    if package == "builtins":
        return _builtin(last, node, arguments, frame, context)
    if package == "torch":
        return _torch(last, node, arguments, frame, context)
    if package in ("torch.nn.functional", "torch.special", "torch.fft", "torch.linalg"):
        if package == "torch.nn.functional" and last in NN_FUNCTIONS:
            return _one_tensor(last, node, arguments, frame)
        return _unknown(arguments)
    if name.startswith("torch.nn"):
        return _construct(last, node, arguments)
    first = arguments.positional[0] if arguments.positional else UNKNOWN
    if package == "math" and _is_data(first) and (isinstance(first, Tensor) or last == "sqrt"):
        leaves(node, "a Python number", KEEP_TENSOR, frame, context)
    elif name in _TENSOR_TO_NUMPY and _is_data(first) and isinstance(first, Tensor):
        leaves(node, "a NumPy array", methods.NOT_NUMPY, frame, context)
    return _unknown(arguments)


def _construct(last: str, node: ast.Call, arguments: Arguments) -> Value:
    """A class of `torch.nn`."""
    if last == "Parameter" or last == "Buffer":
        return TENSOR
    if last == "ModuleList":
        given = arguments.positional[0] if arguments.positional else Each(None)
        return Each(element_when_iterated(given)) if isinstance(given, Each | Items) else UNKNOWN
    if last == "Sequential":
        return Layer(
            bool(arguments.positional) and arguments.positional[-1] == Layer() and not arguments.open
        )
    return _one_layer(last, node)


def _one_layer(name: str, node: ast.Call) -> Layer:
    indices = any(each.arg == "return_indices" for each in node.keywords)
    return Layer(name in LAYERS and not indices)


def _torch(last: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    positional = arguments.positional
    if last.startswith(("_check", "_constrain", "sym_constrain")):
        for key, value in frame.names.items():
            frame.names[key] = UNKNOWN if isinstance(value, Number) else value
        return NONE
    if last in ("equal", "allclose"):
        return methods.output(node, positional, frame, context)
    if last == "where":
        return Each(RAGGED) if len(positional) == 1 and not arguments.keywords else TENSOR
    if last in _FROM_TEXT:
        return TENSOR if any(map(has_data, arguments.values)) else tensor(constant=True)
    if last in methods.SEVERAL and positional:
        rest = Arguments(positional[1:], arguments.keywords, arguments.open)
        return methods.several(last, positional[0], rest)
    if last in methods.RAGGED_NAMES:
        return _unknown(arguments) if arguments.keywords or not positional else RAGGED
    if last in TENSOR_FUNCTIONS:
        return _one_tensor(last, node, arguments, frame)
    return _unknown(arguments)


def _one_tensor(last: str, node: ast.Call, arguments: Arguments, frame: Frame) -> Value:
    if last not in _OF_LISTS:
        _is_tensor(node, frame)
    tensors = [each for each in arguments.values if isinstance(each, Tensor)]
    constant = bool(tensors) and all(each.constant for each in tensors)
    return tensor(constant, last in BOOLEAN)


# -- Python's own ------------------------------------------------------------------------------------


def _builtin(
    name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    handler = BUILTINS[name]
    return HOST if handler is None else handler(name, node, arguments, frame, context)


KEEP_TENSOR = "keep the tensor: torch operators accept it as is"


def leaves(node: ast.expr, kind: str, hint: str, frame: Frame, context: AnalysisContext) -> None:
    """Tensor data becomes something of another kind."""
    says = f"{{}} converts tensor data to {kind}, which does not exist at export time"
    context.report("tensor-to-python", node, says, hint, frame)


def _is_data(value: Value) -> bool:
    return isinstance(value, Number) or (isinstance(value, Tensor) and not value.constant)


def _convert(
    name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    first = arguments.positional[0] if arguments.positional else HOST
    if _is_data(first) and first != Number(size=True):
        drop = "drop `int(…)`: `.item()` of an integer tensor is an int"
        leaves(node, "a Python number", drop if name == "int" else KEEP_TENSOR, frame, context)
        return UNKNOWN
    return HOST if isinstance(first, Host) else UNKNOWN


def _range(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    if any(map(_is_data, arguments.positional)):
        says = "the length of {} is data-dependent: not known at export time"
        context.report(
            "data-dependent-loop", node, says, "vectorize the loop, or use `torch.while_loop`", frame
        )
    return Each(HOST)


def _len(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    first = arguments.positional[0] if arguments.positional else UNKNOWN
    if isinstance(first, Tensor) and first.ragged:
        says = "{} requires a concrete int for an unbacked symbol"
        hint = "use `.shape[0]`, which stays symbolic; `len(…)` needs a concrete int"
        context.report("data-dependent-guard", node, says, hint, frame)
        return UNKNOWN
    return HOST if isinstance(first, Tensor | Host | Items) else UNKNOWN


def _truths(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    """`any`, `all` and `sorted` convert elements to bool."""
    first = arguments.positional[0] if arguments.positional else UNKNOWN
    element = element_when_iterated(first) if isinstance(first, Tensor | Each) else UNKNOWN
    if _is_data(element) and (name != "sorted" or isinstance(first, Tensor)):
        says, hint = (
            "the result of {} depends on tensor data",
            f"use `torch.{'sort' if name == 'sorted' else name}`",
        )
        context.report("data-dependent-branch", node, says, hint, frame)
    return UNKNOWN


def _fold(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    if all(isinstance(each, Host) for each in arguments.values):
        return HOST
    if name == "abs" and isinstance(arguments.positional[0], Tensor):
        return TENSOR
    return DERIVED if _unknown(arguments) is DERIVED else UNKNOWN


def _enumerate(
    name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext
) -> Value:
    if not arguments.positional:
        return UNKNOWN
    return Each(Items((HOST, element_when_iterated(arguments.positional[0]))))


def _zip(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    if arguments.open:
        return _unknown(arguments)
    return Each(Items(tuple(map(element_when_iterated, arguments.positional))))


def _list(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    if not arguments.positional:
        return Each(None)
    first = arguments.positional[0]
    return first if isinstance(first, Each | Items | Host) else _unknown(arguments)


def _super(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    receiver = frame.function.receiver
    return Instance(receiver.scope, frame.owner) if isinstance(receiver, Instance) else UNKNOWN


def _other(name: str, node: ast.Call, arguments: Arguments, frame: Frame, context: AnalysisContext) -> Value:
    return _unknown(arguments)


Builtin = Callable[[str, ast.Call, Arguments, Frame, AnalysisContext], Value]

BUILTINS: dict[str, Builtin | None] = {
    **dict.fromkeys(
        ("isinstance", "hasattr", "callable", "issubclass", "print", "str", "repr", "id", "type"), None
    ),
    **dict.fromkeys(("int", "float", "bool", "complex"), _convert),
    **dict.fromkeys(("any", "all", "sorted"), _truths),
    **dict.fromkeys(("min", "max", "sum", "abs", "round"), _fold),
    **dict.fromkeys(("list", "tuple", "reversed"), _list),
    **dict.fromkeys(("getattr", "dict", "set", "map", "filter", "iter", "next"), _other),
    "range": _range,
    "len": _len,
    "enumerate": _enumerate,
    "zip": _zip,
    "super": _super,
}
"""What is done about a call of each; None: it gives a value that has no data."""
