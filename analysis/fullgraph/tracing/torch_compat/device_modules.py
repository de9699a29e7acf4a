"""What `torch.cuda` and its kind do and tell, where the CPU stands in: nothing, and of the CPU.

The rule: what answers a question that also an absent device has an answer for, `is_available`, stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

from .hooks import Make

Asked = Callable[[str], None]
"""Hears of each accelerator that is asked for, by its name: `cuda`."""


def names_in(text: str) -> tuple[str, ...]:
    """The words of a table."""
    return tuple(text.split())


_NOTHING = (
    *names_in(
        "set_device synchronize empty_cache empty_host_cache init ipc_collect set_stream set_rng_state"
    ),
    *names_in("set_rng_state_all reset_peak_memory_stats reset_max_memory_allocated reset_max_memory_cached"),
    *names_in("reset_accumulated_memory_stats set_per_process_memory_fraction set_sync_debug_mode"),
    *names_in("set_device_idx set_device_index"),
)
_NUMBERS = {
    **dict.fromkeys(("current_device", "current_device_idx", "current_device_index"), 0),
    **dict.fromkeys(("current_allocated_memory", "driver_allocated_memory", "recommended_max_memory"), 0),
    **dict.fromkeys(
        ("memory_allocated", "max_memory_allocated", "memory_reserved", "max_memory_reserved"), 0
    ),
    **dict.fromkeys(("utilization", "memory_usage", "clock_rate", "temperature", "power_draw"), 0),
    **dict.fromkeys(("get_device_capability", "mem_get_info"), (0, 0)),
    **dict.fromkeys(("memory_summary", "list_gpu_processes"), ""),
    "get_device_name": "CPU",
}


class _Idle:
    """A stream, an event, a device to work on: where one is asked to do something, nothing is to be done."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _idle


def _idle(*_args: Any, **_kwargs: Any) -> Any:
    return 0.0  # `elapsed_time`, and True enough of nothing


_IDLE = (
    "Event",
    "Stream",
    "ExternalStream",
    "StreamContext",
    "CUDAGraph",
    "device",
    "device_of",
    "stream",
    "graph",
)


def stand_ins_of(module: ModuleType | None, accelerator: str, note: Asked) -> Iterator[tuple[Any, str, Make]]:
    """What `torch.cuda` does, and tells of the device."""
    if module is None:
        return

    def giving(value: Callable[[], Any]) -> Make:
        def make(_function: Any) -> Any:
            def call(*_args: Any, **_kwargs: Any) -> Any:
                note(accelerator)
                return value()

            return call

        return make

    yield from ((module, name, giving(lambda: None)) for name in _NOTHING)
    yield from ((module, name, giving(functools.partial(_same, value))) for name, value in _NUMBERS.items())
    yield from ((module, name, lambda _: _Idle) for name in _IDLE)
    yield from ((module, name, giving(_Idle)) for name in ("current_stream", "default_stream"))
    yield module, "get_rng_state", giving(torch.get_rng_state)
    yield module, "get_device_properties", giving(_properties)
    if nvtx := getattr(module, "nvtx", None):
        yield from ((nvtx, name, giving(lambda: None)) for name in ("mark", "range_push", "range_pop"))
        yield nvtx, "range", lambda _: _Idle
    for name in dir(module):
        if name.endswith("Tensor") and isinstance(getattr(torch, name, None), type) and name != "Tensor":
            yield module, name, functools.partial(_typed, note, accelerator, getattr(torch, name))


def _same(value: Any) -> Any:
    return value


def _typed(note: Asked, accelerator: str, on_cpu: Any, _before: Any) -> Any:
    """`torch.cuda.FloatTensor`, which no tensor here is one of."""

    def new(_kind: type, *args: Any, **kwargs: Any) -> Any:
        note(accelerator)
        return on_cpu(*args, **kwargs)

    return type(on_cpu.__name__, (), {"__new__": new, "typename": f"torch.{accelerator}.{on_cpu.__name__}"})


def _properties() -> Any:
    return SimpleNamespace(name="CPU", major=0, minor=0, total_memory=0, multi_processor_count=1, warp_size=1)
