"""torch's own functions that need more than a model: those that load weights, start processes, or ask for others.

The rule: a hook is there while a target is built, and gone when it is exported.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed
import torch.utils.data

from .hooks import Make, before, patched

_OF_WORKERS = ("num_workers", "prefetch_factor", "persistent_workers", "timeout", "multiprocessing_context")


def around_state_dicts(make: Make) -> contextlib.AbstractContextManager[Any]:
    """Around what takes saved state: (module or optimizer, state, …)."""
    stack = contextlib.ExitStack()
    for owner in (torch.nn.Module, torch.optim.Optimizer):
        stack.enter_context(patched(owner, "load_state_dict", make))
    return stack


def before_modules(first: Callable[..., None]) -> contextlib.AbstractContextManager[None]:
    """Before `nn.Module.__init__`, which the constructor of a module calls: (module, …)."""
    return patched(torch.nn.Module, "__init__", before(first))


def before_loaders(first: Callable[..., None]) -> contextlib.AbstractContextManager[None]:
    """Before the constructor of a DataLoader: (loader, data set, …)."""
    return patched(torch.utils.data.DataLoader, "__init__", before(first))


@contextlib.contextmanager
def loaders_without_workers() -> Iterator[None]:
    """Within, a DataLoader runs in this process: the workers of one that is read in part are waited for."""
    signature = inspect.signature(torch.utils.data.DataLoader.__init__)

    def make(original: Any) -> Any:
        def init(loader: Any, *args: Any, **kwargs: Any) -> None:
            given = signature.bind(loader, *args, **kwargs).arguments
            if given.get("num_workers"):
                args, kwargs = (), {k: v for k, v in given.items() if k not in (*_OF_WORKERS, "self")}
            original(loader, *args, **kwargs)

        return init

    with patched(torch.utils.data.DataLoader, "__init__", make):
        yield


@contextlib.contextmanager
def one_process(note: Callable[[str], None]) -> Iterator[None]:
    """Within, a program that joins others is the only one: who waits for the others waits for ever."""
    group = torch.distributed
    if not group.is_available():
        yield
        return
    alone = _Alone(note)
    parallel = (torch.nn.parallel, torch.nn.parallel.distributed)
    replaced = [
        (group, "init_process_group", lambda _: alone.join),
        *((owner, "DistributedDataParallel", alone.unwrapped) for owner in parallel),
        *((group, name, alone.answer(value)) for name, value in _OF_ONE.items()),
    ]
    with contextlib.ExitStack() as stack:
        for owner, name, make in replaced:
            stack.enter_context(patched(owner, name, make))
        yield


_OF_ONE = {"get_rank": 0, "get_world_size": 1, "barrier": None}


class _Alone:
    """What torch.distributed answers to a process that has nobody to join."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._joined = False

    def join(self, *_args: Any, **_kwargs: Any) -> None:
        self._joined = True
        self._note("torch.distributed.init_process_group")

    def answer(self, value: Any) -> Make:
        return lambda original: lambda *args, **kwargs: value if self._is() else original(*args, **kwargs)

    def unwrapped(self, original: Any) -> Any:
        def wrapped(model: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is():
                return original(model, *args, **kwargs)
            self._note("torch.nn.parallel.DistributedDataParallel")
            return torch.nn.DataParallel(model)

        return wrapped

    def _is(self) -> bool:
        return self._joined or not torch.distributed.is_initialized()
