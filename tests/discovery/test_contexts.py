"""What of the things around a call counts, and is named with its target."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest
from fullgraph.discovery import discover
from fullgraph.text.source import SourceText

HEAD = """\
import contextlib, time, warnings
import torch
from torch import nn, no_grad as quiet

STATE = {}


class Net(nn.Module):
    def forward(self, x):
        return x


@contextlib.contextmanager
def timed(name):
    start = time.time()
    yield
    print(name, time.time() - start)


@contextlib.contextmanager
def exporting():
    STATE["exporting"] = True
    yield


def frozen(function):
    def inner():
        with torch.no_grad():
            return function()

    return inner


def logged(function):
    def inner():
        print(function.__name__)
        return function()

    return inner


model = Net()
x = torch.randn(2, 3)
"""
CALL = "torch.export.export(model, (x,))"

COUNT: Mapping[str, tuple[str, ...]] = {
    "with torch.no_grad():": ("torch.no_grad()",),
    "with quiet():": ("quiet()",),
    "with torch.no_grad(), timed('export'), torch.autocast('cpu'):": (
        "torch.no_grad()",
        "torch.autocast('cpu')",
    ),
    "with open('out.log', 'w') as log:": (),
    "with timed('export'):": (),
    "with warnings.catch_warnings():": (),
    "with torch.profiler.profile() as prof:": (),
    "with torch.autograd.profiler.record_function('export'):": (),
    "with contextlib.redirect_stdout(None):": (),
    "with exporting():": ("exporting()",),
    "with torch.device('meta'):": ("torch.device('meta')",),
    "with torch.inference_mode() if STATE else contextlib.nullcontext():": (
        "torch.inference_mode() if STATE else contextlib.nullcontext()",
    ),
    "@torch.no_grad()\ndef run():": ("torch.no_grad()",),
    "@torch.inference_mode\ndef run():": ("torch.inference_mode",),
    "@frozen\ndef run():": ("frozen",),
    "@logged\ndef run():": (),
    "@logged\n@exporting()\ndef run():": ("exporting()",),
    "@torch.jit.ignore\ndef run():": (),
}


@pytest.mark.parametrize("header", COUNT)
def test_what_counts_is_named_with_the_target(header: str) -> None:
    text = f"{HEAD}{header}\n    {CALL}\n"
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert tuple(each.text for each in target.context) == COUNT[header]
    for each in target.context:
        start = each.place.range.start
        assert text.split("\n")[start.line][start.character :].startswith(each.text)


def test_what_does_not_count_is_masked() -> None:
    text = f"{HEAD}with torch.no_grad(), open('out.log', 'w') as log:\n    {CALL}\n"
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert target.slice is not None
    header = target.slice.text.split("\n")[text.split("\n").index(f"    {CALL}") - 1]
    assert header == "with torch.no_grad(), 0                    as log:"


CALLERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "one caller": ("with torch.no_grad():\n    run()\n", ("torch.no_grad()",)),
    "all callers": (
        "with torch.no_grad():\n    run()\nwith torch.no_grad():\n    run()\n",
        ("torch.no_grad()",),
    ),
    "a setting above the call of a caller": (
        "def main():\n    torch.manual_seed(0)\n    torch.set_grad_enabled(False)\n    run()\nmain()\n",
        ("torch.set_grad_enabled(False)",),
    ),
    "a setting that only the caller can make": (
        "def main(on):\n    torch.set_grad_enabled(on)\n    run()\nmain(True)\n",
        (),
    ),
    "a caller's caller": (
        "def main():\n    with quiet():\n        run()\n@torch.autocast('cpu')\ndef outer():\n    main()\n",
        ("torch.autocast('cpu')", "quiet()"),
    ),
    "a name that only the caller has": (
        "for on in (True,):\n    with torch.set_grad_enabled(on):\n        run()\n",
        (),
    ),
}


@pytest.mark.parametrize("name", CALLERS)
def test_what_stands_around_the_callers_counts(name: str) -> None:
    calls, wanted = CALLERS[name]
    text = f"{HEAD}def run():\n    {CALL}\n{calls}"
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert tuple(each.text for each in target.context) == wanted


def test_callers_that_differ_are_a_target_each() -> None:
    calls = "with torch.no_grad():\n    run()\nrun()\nwith quiet():\n    run()\nwith torch.no_grad():\n    run()\n"
    text = f"{HEAD}def run():\n    {CALL}\n{calls}"
    found = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert [tuple(each.text for each in target.context) for target in found] == [
        ("torch.no_grad()",),
        (),
        ("quiet()",),
    ]
    assert len({target.name for target in found}) == 3


def test_callers_that_differ_in_seeds_are_one_target() -> None:
    calls = "def a():\n    torch.manual_seed(0)\n    run()\ndef b():\n    torch.manual_seed(1)\n    run()\na()\nb()\n"
    text = f"{HEAD}def run():\n    {CALL}\n{calls}"
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert target.context == ()


def test_a_method_has_the_context_of_its_calls() -> None:
    text = HEAD + dedent(f"""\
        class Exporter:
            def go(self):
                with quiet():
                    self.export()
            @torch.no_grad()
            def export(self):
        {indent(CALL, "        ")}
        """)
    (target,) = discover(SourceText("/project/script.py", text), "script", named=True).targets
    assert tuple(each.text for each in target.context) == ("quiet()", "torch.no_grad()")
