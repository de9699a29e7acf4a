"""`pytest --fullgraph-record`: records the models of the workspace that the tests call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

OUTPUT = Path(".fullgraph", "recorded.json")


def pytest_addoption(parser: Any) -> None:
    parser.getgroup("fullgraph").addoption(
        "--fullgraph-record",
        action="store_true",
        help=f"record in {OUTPUT} how the tests construct and call their models",
    )


def pytest_configure(config: Any) -> None:
    if config.getoption("--fullgraph-record"):
        from . import recorder

        root = Path(config.rootpath)
        recorder.start(str(root / OUTPUT), str(root))
