"""The log, as the client's output panel shows it."""

from __future__ import annotations

import logging

from lsprotocol import types

from .client import Client

_LOGGER = logging.getLogger("fullgraph_server")


class ClientLog(logging.Handler):
    """Sends what is logged, from `begin` on; `$/setTrace` asks for more, whatever the level of the log."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self._verbosity = "info"
        self._tracing = types.TraceValue.Off

    def begin(self) -> None:
        _LOGGER.addHandler(self)

    def end(self) -> None:
        _LOGGER.removeHandler(self)

    def set_verbosity(self, level: str) -> None:
        self._verbosity = level
        self._apply()

    def trace(self, value: types.TraceValue | str) -> None:
        """What the client wants to hear of what goes on."""
        self._tracing = types.TraceValue(value)
        self._apply()

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno <= logging.DEBUG:
            if self._tracing != types.TraceValue.Off:
                self._client.notify(types.LOG_TRACE, types.LogTraceParams(self.format(record)))
            return
        kind = _KINDS.get(record.levelno, types.MessageType.Log)
        self._client.server.window_log_message(types.LogMessageParams(kind, self.format(record)))

    def _apply(self) -> None:
        level = self._verbosity if self._tracing == types.TraceValue.Off else "debug"
        _LOGGER.setLevel(level.upper())


_KINDS = {
    logging.ERROR: types.MessageType.Error,
    logging.WARNING: types.MessageType.Warning,
    logging.INFO: types.MessageType.Info,
}
