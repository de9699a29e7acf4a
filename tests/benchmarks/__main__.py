"""`python -m tests.benchmarks [NAME…]` runs the benchmarks and prints a table for each; it asserts nothing."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from . import edit, first_look, fixes, folder, growth, layers, memory, planning, repository, server, start

BENCHMARKS: dict[str, Callable[..., object]] = {
    "layers": layers.run,
    "growth": growth.run,
    "edit": edit.run,
    "memory": memory.run,
    "start": start.run,
    "server": server.run,
    "static": first_look.run,
    "planning": planning.run,
    "repository": repository.run,
    "fixes": fixes.run,
    "fix": folder.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", default=list(BENCHMARKS), help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, help="how often each party is measured")
    given = parser.parse_args()
    if unknown := set(given.name) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rounds = {} if given.rounds is None else {"rounds": given.rounds}
    print(machine(), flush=True)
    for name in given.name:
        print(f"\n{BENCHMARKS[name](**rounds)}", flush=True)


def machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = f"Python {platform.python_version()}, torch {version('torch')}"
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; {versions}; load {load}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
