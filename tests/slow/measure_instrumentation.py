"""What observing costs where Python does all the work: seconds plain, and as multiples of that, observed.

python3.12 tests/slow/measure_instrumentation.py
"""

from __future__ import annotations

import _pydecimal
import difflib
import importlib.util
import json
import json.decoder
import json.scanner
import random
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

if importlib.util.find_spec("fullgraph") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analysis"))

from fullgraph.tracing.instrumentation.instrument import Swap, observe_source

WORDS = " ".join(
    random.Random(0).choices(["the", "quick", "brown", "fox", "jumps", "over", "a", "dog"], k=4000)
)

DOCUMENT = json.dumps([{"a": [i, {"b": None}]} for i in range(8000)])


def parse_json() -> None:
    decoder: Any = json.JSONDecoder()
    written_in_python: tuple[Any, Any] = (json.decoder, json.scanner)
    decoding, scanning = written_in_python
    decoder.parse_object, decoder.parse_string = decoding.JSONObject, decoding.py_scanstring
    decoder.scan_once = scanning.py_make_scanner(decoder)
    decoder.decode(DOCUMENT)


def calculate() -> None:
    with _pydecimal.localcontext() as context:
        context.prec = 60
        for i in range(1, 300):
            _pydecimal.Decimal(i).sqrt() * _pydecimal.Decimal(i).ln()


def compare() -> None:
    difflib.SequenceMatcher(None, WORDS[:900], WORDS[450:1350], autojunk=False).get_opcodes()


def wrap() -> None:
    for width in range(30, 90):
        textwrap.fill(WORDS, width)


WORK: dict[Callable[[], None], tuple[ModuleType, ...]] = {
    parse_json: (json.decoder, json.scanner),
    calculate: (_pydecimal,),
    compare: (difflib,),
    wrap: (textwrap,),
}


def main() -> None:
    for work, modules in WORK.items():
        files = [observe_source(source(module), file_of(module)) for module in modules]
        in_c: dict[int, Any] = {}
        forms: dict[str, AbstractContextManager[object]] = {
            "plain": nullcontext(),
            "a Python function": Swap(files, lambda site, value: value),
            "a C function": Swap(files, in_c.get),
        }
        seconds = {name: measured(work, form) for name, form in forms.items()}
        ratios = ", ".join(f"{name} {seconds[name] / seconds['plain']:.2f}" for name in list(forms)[1:])
        print(f"{work.__name__:12} plain {seconds['plain']:.3f} s; observed by {ratios}")


def file_of(module: ModuleType) -> str:
    assert module.__file__ is not None
    return module.__file__


def source(module: ModuleType) -> str:
    return importlib.util.decode_source(Path(file_of(module)).read_bytes())


def measured(work: Callable[[], None], form: AbstractContextManager[object]) -> float:
    """The best of several runs, in seconds of processor time."""
    best = float("inf")
    with form:
        for _ in range(7):
            begun = time.process_time()
            work()
            best = min(best, time.process_time() - begun)
    return best


if __name__ == "__main__":
    main()
