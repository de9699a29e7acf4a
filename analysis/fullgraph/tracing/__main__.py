"""The worker's first lines, run as `<the user's python> <this folder> TOKEN serve|once [modest]`.

The rule: nothing of the user's has run yet when the protocol's pipes are out of reach. Standard input
and output are taken as descriptors, so that `print`, `os.write(1, …)` and C's `puts` go to standard
error; this folder leaves `sys.path`, so that `import places` is the user's; and our package is loaded
under a private name, because the user may have a `fullgraph` of their own.
"""

import sys

if __name__ == "__main__":  # `multiprocessing` of the user's loads this file once more, as `__mp_main__`
    # Before anything is imported: a module here may be called like one of the standard library.
    sys.path[:] = [path for path in sys.path if path != __file__.rpartition("__main__")[0][:-1]]

import importlib
import importlib.machinery
import importlib.util
import io
import json
import os
from pathlib import Path

_OLDEST = (3, 10)
_NAME = "_fullgraph"
_MODEST = 10
_MODES = {"serve": "server", "once": "single_shot"}


def main() -> None:
    token, mode, *manner = sys.argv[1:]
    incoming, outgoing = _claim_descriptors()
    sys.argv = [""]
    version = ".".join(map(str, sys.version_info[:3]))
    _say(outgoing, token, {"starting": version})
    if sys.version_info < _OLDEST:
        _say(outgoing, token, {"failed": {"reason": "too-old"}})
        return
    if manner and hasattr(os, "nice"):  # on Windows it was started so
        os.nice(_MODEST)
    _print_anything()
    _add_package(Path(__file__).resolve().parent.parent)
    handshake = importlib.import_module(f"{_NAME}.tracing.worker.handshake")
    channel = importlib.import_module(f"{_NAME}.tracing.isolation.channel").Channel(outgoing, token.encode())
    if handshake.greet(channel):
        importlib.import_module(f"{_NAME}.tracing.worker.{_MODES[mode]}").run(incoming, channel)


def _claim_descriptors() -> "tuple[int, int]":
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return incoming, outgoing


def _print_anything() -> None:
    """A pipe has the locale's encoding on Windows, in which the user's `print("→")` would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _say(outgoing: int, token: str, message: object) -> None:
    os.write(outgoing, f"\n{token}{json.dumps(message)}\n".encode())


def _add_package(folder: Path) -> None:
    """Makes `folder` importable as the package `_fullgraph`, without running its `__init__`."""
    spec = importlib.machinery.ModuleSpec(_NAME, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[_NAME] = importlib.util.module_from_spec(spec)


if __name__ == "__main__":
    main()
