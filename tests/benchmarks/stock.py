"""torch alone, in a process of its own: `python stock.py WHAT MODULE MODEL [TIMES]` prints a line for each time.

A line is the seconds it took, and the seconds of processor time. WHAT is `eager`, `export` or `draft`; an export that fails has taken its time all the same. The process is
warm before the clock starts: it has exported, and drafted where it is to draft, a small model. Later lines
are of the same model again, so they profit from what torch caches within a process.

Nothing of Fullgraph is imported here.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.export import Dim, draft_export, export

sys.path.insert(0, str(Path(__file__).with_name("models")))

Ask = Callable[[torch.nn.Module, tuple[Any, ...], Any], object]


def exported(model: torch.nn.Module, args: tuple[Any, ...], shapes: Any) -> object:
    return export(model, args, dynamic_shapes=shapes)


def drafted(model: torch.nn.Module, args: tuple[Any, ...], shapes: Any) -> object:
    return draft_export(model, args, dynamic_shapes=shapes)


def eager(model: torch.nn.Module, args: tuple[Any, ...], shapes: Any) -> object:
    return model(*args)


ASKS: dict[str, Ask] = {"eager": eager, "export": exported, "draft": drafted}


def warm(ask: Ask) -> None:
    small = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    ask(small, (torch.zeros(2, 2),), {"input": {0: Dim("batch")}})


def seconds(ask: Ask, *given: Any) -> tuple[float, float]:
    begun, spent = time.perf_counter(), time.process_time()
    try:
        ask(*given)
    except Exception as error:  # noqa: BLE001 (that it fails is what the model is for)
        print(type(error).__name__, file=sys.stderr)
    return time.perf_counter() - begun, time.process_time() - spent


def main(what: str, module: str, model: str, times: str = "1") -> None:
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    ask = ASKS[what]
    warm(ask)
    loaded = importlib.import_module(module)
    built = eval(model, vars(loaded))
    for _ in range(int(times)):
        print(*seconds(ask, built, loaded.ARGS, loaded.DYNAMIC_SHAPES), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
