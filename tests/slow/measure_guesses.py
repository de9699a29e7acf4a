"""Of a package's modules that can be built without arguments: for how many inputs are found, and how fast.

    pip install --target /tmp/packages --no-deps fightingcv-attention kornia monai …
    python tests/slow/measure_guesses.py --path /tmp/packages fightingcv_attention kornia monai

What is found has run in eager mode. Packages go into a folder of their own and not into the project's
environment. Nothing is asked over the network: a constructor that downloads weights counts as one that
needs arguments. A module that asks for something that is not installed counts as one without inputs.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import inspect
import pkgutil
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

if importlib.util.find_spec("fullgraph") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analysis"))

_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"})
_LEFT_OUT = ("test", "__main__", "script", "bundle", "apps")
_HANGS = 10.0


@dataclass
class Score:
    package: str
    found: list[str] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)
    late: int = 0  # found, but after more than two seconds of processor time

    @property
    def share(self) -> float:
        built = len(self.found) + len(self.not_found)
        return (len(self.found) - self.late) / built if built else 0.0

    def row(self) -> str:
        built = len(self.found) + len(self.not_found)
        return f"| {self.package} | {built} | {len(self.found)} | {self.late} | {self.share:.0%} |"


class HangsError(BaseException):
    """Not an Exception, so that no code of the package's catches it."""


def measure(package: str, *, explain: bool = False) -> Score:
    from fullgraph.tracing.input_inference.search import Found, search

    score = Score(package)
    for kind in _classes(package):
        model = _built(kind)
        if model is None:
            continue
        name, started = f"{kind.__module__}.{kind.__qualname__}", time.thread_time()
        outcome = None
        with _no_longer(_HANGS):
            outcome = search(model)
        seconds = time.thread_time() - started
        if isinstance(outcome, Found):
            score.found.append(name)
            score.late += seconds > 2.0
        else:
            score.not_found.append(name)
        if explain:
            print(f"{seconds:5.1f} s  {name}  {outcome}", file=sys.stderr)
    return score


def _classes(package: str) -> Iterator[type]:
    import torch

    seen = set()
    for module in _modules(package):
        for kind in list(vars(module).values()):
            ours = inspect.isclass(kind) and issubclass(kind, torch.nn.Module) and kind not in seen
            if ours and kind.__module__.partition(".")[0] == package:
                seen.add(kind)
                if kind.forward is not torch.nn.Module.forward:
                    yield kind


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not any(part in found.name for part in _LEFT_OUT):
            with contextlib.suppress(Exception, SystemExit):  # what it needs is not installed
                yield importlib.import_module(found.name)


def _built(kind: type) -> Any:
    """The module in eval mode; None where it needs arguments, or more than they say."""
    given = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]
    rest = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if any(each.default is each.empty and each.kind not in rest for each in given):
        return None
    with contextlib.suppress(Exception, HangsError), _no_longer(_HANGS):
        return kind().eval()
    return None


@contextlib.contextmanager
def _no_longer(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise HangsError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except HangsError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stay_offline() -> None:
    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            raise OSError("nothing is asked over the network here")

    sys.addaudithook(refuse)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--path", default=[], action="append", help="where they were installed")
    parser.add_argument("--explain", action="store_true", help="a line for each class, on standard error")
    arguments = parser.parse_args()
    sys.path += arguments.path
    stay_offline()
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(1)
    print("| package | built | found | after 2 s | in time |\n|---|---|---|---|---|")
    for package in arguments.packages:
        print(measure(package, explain=arguments.explain).row(), flush=True)


if __name__ == "__main__":
    main()
