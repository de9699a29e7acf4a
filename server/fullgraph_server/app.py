"""The server as a whole: the session, the work in the background, and the client.

The rule: handlers are given this and nothing global.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fullgraph.workers.pool import Workers

from .background.cache import Cache
from .background.schedule import Schedule
from .client.announcer import Announcer
from .client.client import Client
from .client.log import ClientLog
from .client.publisher import Publisher
from .lsp.parent_watchdog import watch_parent
from .lsp.protocol import Server
from .lsp.settings import Settings
from .session.session import Folder, Session


class App:
    """One client's server."""

    def __init__(self, server: Server, cache: Cache) -> None:
        self.session = Session()
        self.client = Client(server)
        self.log = ClientLog(self.client)
        self.publisher = Publisher(self.client, self.session)
        self.announcer = Announcer(self.client, self.session, self.publisher, self._cancel)
        self.schedule = Schedule(self.session, self.announcer, Workers(), cache)
        self.shut_down = False
        self.when_initialized: list[Callable[[], None]] = []
        """What depends on what the client can do."""
        self.default_settings = Settings()
        self.folder_settings: Mapping[str, Any] = {}
        """What the client said at its beginning, by folder, of some that may be added later."""

    def begin(self) -> None:
        """The client listens from now on."""
        self.log.begin()
        watch_parent(self.client.server.process_id, self.close)

    def announce_folders(self) -> None:
        """Tells what each folder is doing."""
        for folder in self.session.folders.values():
            self.announcer.status(folder, self.schedule.queues.status_of(folder))

    def close(self) -> None:
        self.log.end()  # who shuts down wants to hear nothing more
        self.schedule.close()

    def _cancel(self, folder: Folder) -> None:
        self.schedule.queues.cancel(folder)
