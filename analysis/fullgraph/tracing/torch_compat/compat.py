"""The one module that knows torch's internals and its versions.

Everything here is looked up when used, so that a torch without some name loses one observation and not
the worker. What was found where (read in the sources of 2.9.1, 2.13.0 and 2.15.0):

    ShapeEnv._log_guard, _set_replacement, create_unbacked_sym*       all
    _NonStrictTorchFunctionHandler                                     all
    ShapeEnv.backed_var_to_val                                         2.10; before it `var_to_val`
    ShapeEnv.real_tensor_prop_unbacked_vals                            2.10; before `unbacked_var_to_val`
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sympy
import torch
import torch.fx.experimental.symbolic_shapes as shapes
from torch._export.non_strict_utils import _NonStrictTorchFunctionHandler as Handler
from torch._subclasses import fake_tensor as fake_tensor
from torch._subclasses.fake_tensor import FakeTensor as FakeTensor
from torch.fx.experimental import sym_node
from torch.fx.experimental.sym_node import SymNode as SymNode
from torch.fx.experimental.symbolic_shapes import ConstraintViolationError as ConstraintViolationError
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode as GuardOnDataDependentSymNode
from torch.fx.experimental.symbolic_shapes import ShapeEnv as ShapeEnv

__all__ = [
    "ConstraintViolationError",
    "FakeTensor",
    "GuardOnDataDependentSymNode",
    "Handler",
    "ShapeEnv",
    "SymNode",
    "fake_tensor",
]

WITHOUT_DATA = (
    fake_tensor.DataDependentOutputException,
    fake_tensor.DynamicOutputShapeException,
    GuardOnDataDependentSymNode,
)
"""What fake tensors raise where a program asks for their data."""


def fake_mode() -> Any:
    """A mode whose tensors have a shape and no data; constants of the program may be real."""
    return fake_tensor.FakeTensorMode(allow_non_fake_inputs=True, shape_env=ShapeEnv())


def static_fake_mode() -> Any:
    """A mode whose tensors have sizes that are numbers, and no data."""
    return fake_tensor.FakeTensorMode(allow_non_fake_inputs=True)


_TRACING = Path(__file__).parents[1]
OURS = str(_TRACING) + os.sep
_SYM_FILES = {sym_node.__file__, torch.__file__}
_TORCH = str(Path(torch.__file__).parent) + os.sep


@contextlib.contextmanager
def patched(owner: Any, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """Replaces `owner.name` by `make(what was there)`; nothing happens where torch has no such name."""
    if not hasattr(owner, name):
        yield
        return
    before = getattr(owner, name)
    setattr(owner, name, make(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


def after(then: Callable[..., None]) -> Callable[[Any], Any]:
    """Makes a function that calls the original, then `then(result, *its arguments)`."""

    def make(original: Any) -> Any:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            then(result, *args, **kwargs)
            return result

        return call

    return make


def before(first: Callable[..., None]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            first(*args, **kwargs)
            return original(*args, **kwargs)

        return call

    return make


def hide_our_frames() -> None:
    """Keeps our frames out of torch's search for the user's (`_get_user_frame`).

    It takes the innermost frame of a file it does not know to be generic for the user's, and decides by
    the bytecode there whether an assert asked.
    """
    files = shapes.uninteresting_files()
    ours = {str(file) for file in _TRACING.rglob("*.py")}
    if isinstance(files, set):
        files.update(ours)
    else:
        known = frozenset(files) | ours
        shapes.uninteresting_files = lambda: known


def real_values(env: ShapeEnv) -> dict[Any, Any]:
    """symbol → its value with the example inputs."""
    backed = getattr(env, "backed_var_to_val", None) or getattr(env, "var_to_val", {})
    unbacked = getattr(env, "real_tensor_prop_unbacked_vals", None)
    if unbacked is None:
        unbacked = getattr(env, "unbacked_var_to_val", {})
    return {**backed, **unbacked}


def sources(env: ShapeEnv) -> dict[Any, str]:
    """symbol → the first input size it stands for, as torch writes it (`L['x'].size()[0]`)."""
    names: dict[Any, str] = {}
    for source, symbol in env.source_to_var.items():
        names.setdefault(symbol, source)
    return names


def source_name(source: Any) -> str:
    """As torch writes it; a method up to 2.9, a property since."""
    return str(source.name() if callable(source.name) else source.name)


def spec_names(dynamic_shapes: Any) -> dict[str, str]:
    """torch's source → the name of the ShapeVar that a `ParamsSpec` or `ShapesSpec` (2.14) puts there."""
    params = getattr(dynamic_shapes, "_params", dynamic_shapes)
    names: dict[str, str] = {}
    for parameter, spec in (getattr(params, "_named_args", None) or {}).items():
        for dim, size in enumerate(getattr(spec, "_specs", ())):
            if isinstance(size, torch.SymInt) and (name := getattr(size, "name", None)):
                names[f"L['{parameter}'].size()[{dim}]"] = str(name)
    return names


def dim_names(env: ShapeEnv) -> dict[str, str]:
    """torch's source → the name of the user's Dim."""
    return dict(env.source_name_to_debug_name)


GUARDS = ("guard_bool", "guard_int", "guard_float")
"""The methods of SymNode through which Python asks for a value: (node, file, line) in all versions."""

SYMBOLIC = (torch.SymInt, torch.SymFloat, torch.SymBool)
"""Numbers that are symbols. None of them has a format: `f"{n:.2f}"` is a plain TypeError in all versions."""


def asking_file(frame: Any) -> str | None:
    """The file of the code that asks, `frame` being the caller of one of `GUARDS`."""
    while frame is not None and frame.f_code.co_filename in _SYM_FILES:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else None


def is_torch(file: str) -> bool:
    return file.startswith(_TORCH)


@contextlib.contextmanager
def values_known(env: ShapeEnv, values: dict[Any, Any]) -> Iterator[None]:
    """For a while, torch takes these for the values of unbacked symbols and asserts them at run time."""
    name = "real_tensor_prop_unbacked_vals"
    known = getattr(env, name if hasattr(env, name) else "unbacked_var_to_val")
    added = {symbol: sympy.sympify(value) for symbol, value in values.items() if symbol not in known}
    known.update(added)
    try:
        yield
    finally:
        for symbol in added:
            known.pop(symbol, None)


def lone_symbol(value: Any) -> Any:
    """The unbacked symbol that a symbolic number is; of a SymBool, the one that is 1 when it is true."""
    if not isinstance(value, SYMBOLIC):
        return None
    expression = value.node.expr
    if isinstance(expression, sympy.Eq) and expression.rhs == 1:
        expression = expression.lhs
    return expression if isinstance(expression, sympy.Symbol) else None


def leaves_sizes_free(expression: Any, env: ShapeEnv) -> bool:
    """Whether torch learns no number from the truth of `expression`.

    From `u0 == 12` it does, and every size that is compared with `u0` is 12 from then on; from `u0 > 3`,
    and from a symbol that stands for a bool, it does not.
    """
    if isinstance(expression, (sympy.And, sympy.Or, sympy.Not)):
        return all(leaves_sizes_free(argument, env) for argument in expression.args)
    if not isinstance(expression, (sympy.Eq, sympy.Ne)):
        return isinstance(expression, sympy.Rel)
    # A bool's symbol is a number from 0 to 1, and asked for as `u0 == 1`.
    bounds = env.var_to_range.get(expression.lhs)
    return expression.rhs == 1 and bounds is not None and bounds.upper == 1


def is_refusal(error: BaseException) -> bool:
    """Whether torch refuses the export as a whole: its inputs, its spec, its constraints."""
    kind = getattr(getattr(error, "error_type", None), "name", None)
    return isinstance(error, ConstraintViolationError) or kind in ("CONSTRAINT_VIOLATION", "INVALID_INPUT")


def refused_guard(error: BaseException) -> GuardOnDataDependentSymNode | None:
    """The refusal to tell what only the data can, also where Dynamo has put its own words around it."""
    inner = error.__context__ if isinstance(error, torch._dynamo.exc.UserError) else error
    return inner if isinstance(inner, GuardOnDataDependentSymNode) else None


def is_internal(exception: str) -> bool:
    """Whether an exception, by its qualified name, speaks of torch's own bookkeeping."""
    return exception.rpartition(".")[2] in (
        "PendingUnbackedSymbolNotFound",
        "InternalTorchDynamoError",
        "AssertionError",
        "MetadataMismatchError",
    )


def missing_kernel(error: BaseException) -> str | None:
    """The custom operator (`mylib.op`) that has no fake kernel, if that is what `error` says."""
    match = re.search(r"no fake impl registered for <CustomOpDef\((\S+?)\)>", str(error))
    match = match or re.search(r"operator (\S+?) .*(?:no fake impl|fake impl or Meta kernel)", str(error))
    operator = match[1] if match else operator_of(error) if "Unsupported" in type(error).__name__ else None
    if operator is None:
        return None
    operator = operator.replace("::", ".").removesuffix(".default")
    return None if operator.startswith(("aten.", "prims.")) else operator


def control_flow_operator(error: BaseException) -> str | None:
    """The operator over functions (`cond`, `scan`) that refused what it was given, if that is what it says.

    Dynamo, which reads the functions, names the operator; its own checks raise in a file of its name.
    """
    text = str(error)
    named = re.search(r"Higher Order Operator: (\S+)", text) or re.search(r"call_function (\w+)\(\*\(", text)
    if named:
        return _CONTROL_FLOW.get(named[1].rpartition(".")[2])
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    if not files or not files[-1].startswith(_OPERATORS):
        return None
    stems = (Path(file).stem for file in files if file.startswith(_OPERATORS))
    return next((_CONTROL_FLOW[stem] for stem in stems if stem in _CONTROL_FLOW), None)


_OPERATORS = str(Path(torch._higher_order_ops.__file__).parent) + os.sep
_CONTROL_FLOW = {
    "cond": "cond",
    "while_loop": "while_loop",
    "scan": "scan",
    "map": "map",
    "map_impl": "map",
    "associative_scan": "associative_scan",
}
"""Operators that are given functions: by their names, and by the files of torch that check what they get."""


def stack_of_constant(error: BaseException) -> list[tuple[str, int]]:
    """Files and lines, innermost first, of the operator that reads a tensor which torch did not see made.

    Such a tensor ends as a constant without data, and torch says no more than its name.
    """
    if "exported program constant's list" not in str(error):
        return []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        program = getattr(getattr(frame.f_locals.get("export_artifact"), "aten", None), "gm", None)
        name = str(frame.f_locals.get("const"))
        nodes = program.graph.nodes if program is not None else ()
        readers = [user for node in nodes if str(node.target).endswith(name) for user in node.users]
        if readers:
            lines = re.findall(r'File "(.+?)", line (\d+), in ', readers[0].meta.get("stack_trace") or "")
            return [(file, int(line)) for file, line in reversed(lines)]
    return []


def identity(module: torch.nn.Module) -> int:
    """Tells modules apart, also where torch has put proxies for them, which have the attributes in common.

    It does in a model that has one module under two names.
    """
    return id(vars(module))


def of_dynamo(error: BaseException) -> bool:
    """Whether Dynamo raised it: where it reads the program, which `torch.cond` has it do in eager mode too."""
    return bool(type(error).__module__ == torch._dynamo.exc.__name__)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """torch logs and warns what we report as findings."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def operator_name(function: Any) -> str:
    """`torch.allclose`, `Tensor.numpy`, `mylib.op`: the name a user would write."""
    if isinstance(function, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return str(function).replace("::", ".")
    name = torch.overrides.resolve_name(function) or getattr(function, "__qualname__", str(function))
    return str(name).removeprefix("torch.").replace("TensorBase.", "Tensor.")


def operator_of(error: BaseException) -> str | None:
    """The operator that a fake tensor refused (`aten.allclose`), where the exception carries it."""
    kinds = ("DataDependentOutputException", "DynamicOutputShapeException", "UnsupportedOperatorException")
    if type(error).__name__ not in kinds:
        return None
    operator = getattr(error, "func", None) or (error.args[0] if error.args else None)
    return operator_name(operator).removesuffix(".default") if operator is not None else None


def is_custom(function: Any) -> bool:
    """Whether a torch function is an operator that did not come with torch."""
    if not isinstance(function, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return False
    return operator_name(function).partition(".")[0] not in _BUILTIN


_BUILTIN = {
    "aten",
    "prim",
    "prims",
    "higher_order",
    "quantized",
    "inductor",
    "symm_mem",
    "c10d_functional",
    "_c10d_functional",
}


def dynamo_stack() -> list[Any]:
    """Where Dynamo is in the program whose bytecode it reads, outermost first; empty where it reads none."""
    context = torch._guards.TracingContext
    return list(context.extract_stack()) if context.try_get() is not None else []


@contextlib.contextmanager
def as_strict_export() -> Iterator[None]:
    """Dynamo takes sizes and numbers that depend on data into the graph, as strict export has it do."""
    with torch._dynamo.config.patch(capture_scalar_outputs=True, capture_dynamic_output_shape_ops=True):
        yield


def break_reasons() -> list[Any]:
    """Dynamo's list of the breaks since it was last cleared, with reason and user_stack."""
    from torch._dynamo.utils import graph_break_reasons

    return graph_break_reasons  # type: ignore[no-any-return]


def decomposed(program: torch.export.ExportedProgram, level: str) -> torch.export.ExportedProgram:
    """The program as it is (`training`), functional (`inference`), or in Core ATen (`core`).

    `default_decompositions()`, which `run_decompositions()` takes for itself, is the table of Core ATen
    (read in the source of 2.13).
    """
    if level == "training":
        return program
    return program.run_decompositions({}) if level == "inference" else program.run_decompositions()


def is_core(operator: torch._ops.OpOverload) -> bool:
    """Whether an operator belongs to Core ATen."""
    return torch.Tag.core in operator.tags


def is_check(operator: torch._ops.OpOverload) -> bool:
    """Whether it only asserts something at run time: export puts those in, at every level."""
    name = operator_name(operator)
    return name.startswith(("aten._assert_", "aten.sym_constrain_range"))
