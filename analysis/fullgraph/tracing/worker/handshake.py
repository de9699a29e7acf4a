"""The first words of a worker: that it is warm and with what versions, or why it cannot be.

The rule: `hello` is said once, when torch is imported and has exported something, so that whoever hears
it can ask at once and everything forked from here finds torch's tables filled.
"""

from __future__ import annotations

import gc
import importlib
import os
import platform

from ...model.wire import PROTOCOL
from ..isolation.channel import Channel


def greet(host: Channel) -> bool:
    """Whether the worker is ready; says so, or why not, on `host`."""
    try:
        import torch
    except Exception as error:  # noqa: BLE001 (an OSError where a library is missing, anything from a .pth file)
        host.send({"failed": {"reason": "no-torch", "error": f"{type(error).__name__}: {error}"}})
        return False
    version = str(torch.__version__)
    try:
        _warm()
    except Exception as error:  # noqa: BLE001 (a torch that cannot export a linear layer: the message says which)
        said = f"{type(error).__name__}: {error}"
        host.send({"failed": {"reason": "unusable-torch", "torch": version, "error": said}})
        return False
    importlib.import_module("..load.libraries", __package__).remember_base()
    host.send(
        {
            "hello": {
                "protocol": PROTOCOL,
                "python": platform.python_version(),
                "torch": version,
                "pid": os.getpid(),
            }
        }
    )
    return True


def _warm() -> None:
    import torch

    # One thread, so that no pool exists that a fork would inherit without its threads.
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    importlib.import_module("..session", __package__).warm()
    # What lives now lives for ever: a collection in a fork need not touch, and so copy, its pages.
    gc.collect()
    gc.freeze()
