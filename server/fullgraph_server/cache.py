"""What traces found, kept on disk by the content of what they were made from.

The rule: an entry speaks only for the very texts, interpreter, torch and settings that it was made with,
and whatever is wrong with the cache (a full disk, half a file, another version's) is as if it were empty.
Files are put in place whole, so that two servers can share the folder.
"""

from __future__ import annotations

from collections.abc import Callable

from fullgraph.checker import Outcome, Task


class Cache:
    """Nothing is kept yet."""

    def outcome(self, task: Task, trace: Callable[[], Outcome]) -> Outcome:
        """What is known of a task, else what `trace` gives."""
        del task
        return trace()
