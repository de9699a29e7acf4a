"""Functions of torch that are watched, or answered, for a while.

The rule: a hook hands on what it is not concerned with, and is gone when its `with` is.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from .names import Attribute, Private

_CALL = Attribute("Module._call_impl", "calls of submodules")
_HANDLER = Private(
    "torch._export.non_strict_utils._NonStrictTorchFunctionHandler", "calls of torch functions in an export"
)
_DISABLED = Private("torch._C.DisableTorchFunction", "shapes in observed code")

Make = Callable[[Any], Any]


@contextlib.contextmanager
def patched(owner: Any, name: str, make: Make) -> Iterator[None]:
    """Replaces `owner.name` by `make(what was there)`."""
    before = getattr(owner, name)
    setattr(owner, name, make(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


def hooked(owner: Any, attribute: Attribute, make: Make) -> contextlib.AbstractContextManager[None]:
    """The same for a name that torch may lack, as may be the owner: then nothing happens."""
    name = attribute.named(owner) if owner is not None else None
    return contextlib.nullcontext() if name is None else patched(owner, name, make)


def around_torch_functions(make: Make) -> contextlib.AbstractContextManager[None]:
    """Around what a non-strict export does for each torch function: (mode, function, types, args, kwargs)."""
    handler = _HANDLER.get()
    return contextlib.nullcontext() if handler is None else patched(handler, "__torch_function__", make)


def around_modules(module: type, make: Make) -> contextlib.AbstractContextManager[None]:
    """Around every call of an `nn.Module`, which `module` is: (module, *args, **kwargs)."""
    return hooked(module, _CALL, make)


def after(then: Callable[..., None]) -> Make:
    """Makes a function that calls the original, then `then(result, *its arguments)`."""

    def make(original: Any) -> Any:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            then(result, *args, **kwargs)
            return result

        return call

    return make


def before(first: Callable[..., None]) -> Make:
    """Makes a function that calls `first(*its arguments)`, then the original."""

    def make(original: Any) -> Any:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            first(*args, **kwargs)
            return original(*args, **kwargs)

        return call

    return make


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """torch logs and warns what we report as findings."""
    level = logging.root.manager.disable
    if level < logging.CRITICAL:  # each change empties the caches of all loggers
        logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if logging.root.manager.disable != level:
            logging.disable(level)


def untraced() -> contextlib.AbstractContextManager[Any]:
    """Within, no mode sees torch functions; to read a shape is one too."""
    disabled = _DISABLED.get()
    return contextlib.nullcontext() if disabled is None else disabled()
