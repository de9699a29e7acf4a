"""What the client can ask. This table is the list of it.

The rule: a handler takes the app and the protocol's parameters. It looks things up in the session and
answers at once; what takes long is begun by the schedule, and its results are announced.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types

from ..app import App
from ..protocol import Server
from . import documents, hover, lifecycle

Handler = Callable[[App, Any], Any]

FEATURES: tuple[tuple[str, Handler, Any], ...] = (
    (types.INITIALIZE, lifecycle.initialize, None),
    (types.INITIALIZED, lifecycle.initialized, None),
    (types.SHUTDOWN, lifecycle.shutdown, None),
    (types.TEXT_DOCUMENT_DID_OPEN, documents.did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, documents.did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, documents.did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, documents.did_close, None),
    (types.TEXT_DOCUMENT_HOVER, hover.hover, None),
)


def register(server: Server, app: App) -> None:
    for method, handler, options in FEATURES:
        server.feature(method, options)(partial(handler, app))
