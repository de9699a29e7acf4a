"""What Python imports at its start where `fullgraph record` runs it: starts the recorder, then makes way.

The rule: as if it had never been there. This folder leaves `sys.path`, and the `sitecustomize` that the
user's environment has is loaded in its place.
"""

import importlib
import importlib.machinery
import importlib.util
import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (pathlib costs each start)


def _start() -> None:
    out, root = os.environ.get("FULLGRAPH_RECORD"), os.environ.get("FULLGRAPH_RECORD_ROOT")
    if not out or not root:
        return
    name = "_fullgraph_recording"
    spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [os.path.dirname(_FOLDER)]  # noqa: PTH120
    sys.modules[name] = importlib.util.module_from_spec(spec)
    importlib.import_module(f"{name}.recorder").start(out, root)


def _make_way() -> None:
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != _FOLDER]  # noqa: PTH100
    importlib.invalidate_caches()
    if importlib.machinery.PathFinder.find_spec("sitecustomize") is not None:
        del sys.modules["sitecustomize"]
        importlib.import_module("sitecustomize")


try:
    _start()
except Exception as error:  # noqa: BLE001 (the border: the user's program runs, recorded or not)
    print(f"fullgraph: recording failed: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
_make_way()
