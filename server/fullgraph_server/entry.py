"""The command line: `fullgraph-server --stdio`."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
from types import FrameType

from fullgraph import __version__

from .lsp import lazy_lsprotocol  # noqa: F401 (before all that imports lsprotocol)

# isort: split
from .app import App
from .background.cache import Cache, default_folder
from .handlers import register
from .handlers.notebooks import SYNC
from .lsp.protocol import Protocol, Server


def main(arguments: list[str] | None = None) -> int:
    """Serves one client until it says exit or is gone; returns the exit status that the protocol asks for."""
    given = _parser().parse_args(arguments)
    _log_to(given.log_file, given.log_level)
    server = Server(
        "fullgraph", __version__, protocol_cls=Protocol, max_workers=2, notebook_document_sync=SYNC
    )
    gc.freeze()  # what was imported stays, and need not be gone through again and again
    app = App(server, Cache(default_folder()))
    register(server, app)
    signal.signal(signal.SIGTERM, lambda number, frame: _leave(app, number, frame))
    try:
        server.start_io()
    finally:
        app.close()
    return 0 if app.shut_down else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fullgraph-server", description="Fullgraph's language server.")
    parser.add_argument(
        "--stdio", action="store_true", help="communicate over standard input and output (the default)"
    )
    parser.add_argument(
        "--log-file", metavar="FILE", help="write the log to a file instead of standard error"
    )
    parser.add_argument("--log-level", choices=("error", "warning", "info", "debug"), default="warning")
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _log_to(file: str | None, level: str) -> None:
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(sys.stderr)
    logging.basicConfig(handlers=[handler], level=level.upper(), format=form)
    # pygls writes every message at this level, with all of a document's text.
    logging.getLogger("pygls").setLevel(logging.WARNING if level != "debug" else logging.INFO)


def _leave(app: App, number: int, _frame: FrameType | None) -> None:
    """Standard input may stay open for ever, and with it the thread that reads it."""
    app.close()
    os._exit(128 + number)
