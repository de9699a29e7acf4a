"""Accelerators: which there are here, what in torch names one, and the CPU in the place of those that are absent.

The rule: while the CPU stands in, only what names an absent accelerator is answered otherwise, and as the same
code would be with `cpu` written there. Questions get the truth: `torch.cuda.is_available()` is False, and a
tensor lies on `cpu`. The functions are exchanged, and no mode is set: Dynamo traces a function of Python that
stands in the place of torch's, also inside of `torch.cond`, where it leaves modes out.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import torch

from .device_modules import Asked, names_in, stand_ins_of
from .hooks import Make, hooked, patched
from .names import Attribute, Private
from .wording import CPU_LACKS, DEVICE_ABSENT, DEVICES_DIFFER

_CONTEXT = Private("torch.utils._device.DeviceContext", "default devices that are absent")
_CONSTRUCTORS = Private("torch.utils._device._device_constructors", "default devices that are absent")
_NON_STRICT = Private(
    "torch._export.non_strict_utils._NonStrictTorchFunctionHandler",
    "`torch.tensor` of sizes beside absent devices",
)
_OVERRIDE = Attribute(
    "_NonStrictTorchFunctionHandler._override", "`torch.tensor` of sizes beside absent devices"
)
_AUTOCAST = Private(
    "torch._dynamo.variables.ctx_manager.AutocastModeVariable", "autocast on absent devices in strict mode"
)

ACCELERATORS = ("cuda", "mps", "xpu", "hpu", "npu", "mtia", "xla")

_ABSENT: set[str] = set()
"""Those that the CPU stands in for at the moment; global, as Dynamo reads it."""


def is_absence(message: str) -> bool:
    """Whether torch says that an accelerator is not there."""
    return DEVICE_ABSENT.search(message) is not None


def is_mismatch(message: str) -> bool:
    """Whether torch says that tensors are on devices that do not go together."""
    return DEVICES_DIFFER.search(message) is not None


def cpu_lacks(error: BaseException) -> bool:
    """Whether the CPU, in an accelerator's place, lacks an operator that it has: says nothing of the model."""
    return bool(_ABSENT) and isinstance(error, RuntimeError) and CPU_LACKS.search(str(error)) is not None


def absent() -> frozenset[str]:
    """The accelerators that cannot be used here; to be asked in a process that will not fork any more."""
    return frozenset(name for name in ACCELERATORS if not _is_available(name))


def _is_available(name: str) -> bool:
    module = getattr(torch.backends if name == "mps" else torch, name, None)
    return bool(module is not None and getattr(module, "is_available", lambda: False)())


def in_use() -> bool:
    """Whether this process has initialized an accelerator: a fork of it cannot use that any more."""
    return any(
        getattr(getattr(torch, name, None), "is_initialized", lambda: False)()
        for name in ("cuda", "xpu", "mtia")
    )


@contextlib.contextmanager
def cpu_stands_in(asked: Asked) -> Iterator[None]:
    """Within, an accelerator that is not there is the CPU."""
    # Dynamo, which must not trace it, calls it when it comes by.
    note = torch.compiler.assume_constant_result(asked)
    before = set(_ABSENT)
    _ABSENT.update(absent())
    constructors = _CONSTRUCTORS.get()
    if constructors is not None:
        constructors()  # it keeps torch's own functions from now on
    with contextlib.ExitStack() as stack:
        for owner, name, make in _exchanged(note):
            if hasattr(owner, name):
                stack.enter_context(patched(owner, name, make))
        stack.enter_context(_tensors_of_sizes())
        try:
            yield
        finally:
            _ABSENT.clear()
            _ABSENT.update(before)


# -- what names an accelerator -----------------------------------------------------------------------


def _named(value: Any) -> str:
    """The absent accelerator that a value names; "" for none."""
    if isinstance(value, torch.device):
        name = value.type
    elif isinstance(value, str):
        name = value.partition(":")[0]
    else:
        return ""
    return name if name in _ABSENT else ""


def _on_cpu(value: Any, note: Asked) -> Any:
    name = _named(value)
    if not name:
        return value
    note(name)
    return "cpu" if isinstance(value, str) else torch.device("cpu")


def _is_index(value: Any) -> bool:
    """`0`, where a device may be said: the first accelerator, of whatever kind."""
    return isinstance(value, int) and not isinstance(value, bool) and "cuda" in _ABSENT


# -- functions that take a device --------------------------------------------------------------------


_FACTORIES = (
    *names_in("arange as_tensor asarray bartlett_window blackman_window empty empty_like empty_permuted"),
    *names_in("empty_quantized empty_strided eye full full_like hamming_window hann_window kaiser_window"),
    *names_in("linspace logspace normal ones ones_like rand rand_like randint randint_like randn randn_like"),
    *names_in("randperm range scalar_tensor sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor"),
    *names_in("sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor tensor tril_indices triu_indices"),
    *names_in("zeros zeros_like set_default_device get_device_module"),
)
_METHODS = ("to", "new_empty", "new_empty_strided", "new_full", "new_ones", "new_tensor", "new_zeros")
_WINDOWS = names_in(
    "bartlett blackman cosine exponential gaussian general_cosine general_hamming hamming hann kaiser nuttall"
)


def _exchanged(note: Asked) -> Iterator[tuple[Any, str, Make]]:
    """(owner, name, what makes the function that answers in its place)."""
    taking = functools.partial(_taking_device, note)
    for owner, names in (
        (torch, _FACTORIES),
        (torch.Tensor, _METHODS),
        (torch.fft, ("fftfreq", "rfftfreq")),
        (torch.signal.windows, _WINDOWS),
        (torch.nested, ("as_nested_tensor", "nested_tensor", "nested_tensor_from_jagged")),
        (torch.nn.Module, ("to", "to_empty")),
        (torch.jit, ("load",)),
    ):
        yield from ((owner, name, taking) for name in names)
    for name in ACCELERATORS:
        if name in _ABSENT:
            yield (torch.Tensor, name, functools.partial(_going_there, note, name))
            yield from stand_ins_of(getattr(torch, name, None), name, note)
            storages = (torch.UntypedStorage, torch.TypedStorage)
            yield from ((kind, name, functools.partial(_being_there, note, name)) for kind in storages)
    yield from _other(note)


def _taking_device(note: Asked, function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs = {name: _on_cpu(value, note) for name, value in kwargs.items()}
        if _is_index(kwargs.get("device")):
            kwargs["device"] = "cpu"
            note("cuda")
        if kwargs.get("pin_memory"):
            kwargs["pin_memory"] = False
        args = tuple([_on_cpu(value, note) for value in args])
        if len(args) > 1 and function.__name__ == "to" and _is_index(args[1]):
            args = (args[0], "cpu", *args[2:])
            note("cuda")
        return function(*args, **kwargs)

    return call


def _going_there(note: Asked, name: str, _method: Any) -> Any:
    """`x.cuda()`, whatever the index and the stream."""

    def call(self: Any, *_args: Any, **kwargs: Any) -> Any:
        note(name)
        return self.cpu(memory_format=kwargs["memory_format"]) if "memory_format" in kwargs else self.cpu()

    return call


def _being_there(note: Asked, name: str, _method: Any) -> Any:
    def call(self: Any, *_args: Any, **_kwargs: Any) -> Any:
        note(name)
        return self

    return call


def _staying(_method: Any) -> Any:
    def call(self: Any, *_args: Any, **_kwargs: Any) -> Any:
        return self

    return call


# -- what does not simply take a device --------------------------------------------------------------


def _other(note: Asked) -> Iterator[tuple[Any, str, Make]]:
    yield torch.Tensor, "pin_memory", _staying
    yield torch.Tensor, "type", functools.partial(_converting, note)
    yield torch, "set_default_tensor_type", functools.partial(_converting, note)
    yield torch, "load", functools.partial(_loading, note)
    yield torch, "Generator", functools.partial(_generator, note)
    yield torch.autocast, "__init__", functools.partial(_autocasting, note)
    context, autocast = _CONTEXT.get(), _AUTOCAST.get()
    if context is not None:
        yield context, "__init__", functools.partial(_taking_device, note)
    if autocast is not None:
        yield autocast, "create", _autocast_traced


def _converting(note: Asked, function: Any) -> Any:
    """`x.type("torch.cuda.FloatTensor")`."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(
            *[_type_on_cpu(value, note) for value in args],
            **{name: _type_on_cpu(value, note) for name, value in kwargs.items()},
        )

    return call


def _type_on_cpu(value: Any, note: Asked) -> Any:
    text = value if isinstance(value, str) else getattr(value, "typename", "")
    if not isinstance(text, str):
        return value
    for name in ACCELERATORS:
        if name in _ABSENT and text.startswith(f"torch.{name}."):
            note(name)
            return text.replace(f"torch.{name}.", "torch.", 1)
    return value


def _loading(note: Asked, function: Any) -> Any:
    """What was saved on an accelerator, and is loaded to it or to where it was, is loaded to the CPU."""

    @functools.wraps(function)
    def call(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(map_location, dict):
            map_location = {_on_cpu(a, note): _on_cpu(b, note) for a, b in map_location.items()}
        return function(f, _on_cpu(map_location, note) or "cpu", *args, **kwargs)

    return call


def _generator(note: Asked, kind: Any) -> Any:
    class Generators(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, kind)

    class Generator(metaclass=Generators):
        def __new__(cls, device: Any = "cpu") -> Any:
            return kind("cpu" if _is_index(device) else _on_cpu(device, note))

    return Generator


def _autocasting(note: Asked, init: Any) -> Any:
    """`torch.autocast("cuda")` becomes the CPU's, with the type that it has on the accelerator."""

    @functools.wraps(init)
    def call(self: Any, device_type: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> None:
        name = _named(device_type)
        if name:
            note(name)
            device_type, dtype = "cpu", dtype or torch.get_autocast_dtype(name)
        init(self, device_type, dtype, *args, **kwargs)

    return call


def _autocast_traced(create: Any) -> Any:
    """The same where Dynamo reads the call and does not make it."""

    def created(*args: Any, **kwargs: Any) -> Any:
        variable = create(*args, **kwargs)
        device, dtype, *rest = variable.target_values
        if name := _named(device):
            variable.target_values = ["cpu", dtype or torch.get_autocast_dtype(name), *rest]
        return variable

    return staticmethod(created)


@contextlib.contextmanager
def _tensors_of_sizes() -> Iterator[None]:
    """A non-strict export knows `torch.tensor` by identity: what is called in the end is torch's own."""
    exchanged, own = torch.tensor, getattr(torch.tensor, "__wrapped__", torch.tensor)

    def make(override: Any) -> Any:
        def call(self: Any, function: Any, args: Any, kwargs: Any) -> Any:
            known = exchanged if function is own else function
            found, args, kwargs = override(self, known, args, kwargs)
            return own if found is exchanged else found, args, kwargs

        return call

    with hooked(_NON_STRICT.get(), _OVERRIDE, make):
        yield
