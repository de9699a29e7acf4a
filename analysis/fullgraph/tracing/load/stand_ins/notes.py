"""What one attempt to build a target replaced, and the values that it needed and nobody gave.

The rule: whatever is replaced is noted, with the user's place. What an attempt cannot go on without ends it
(`ValueWanted`); the next one is given the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from ....model import Assumed, AssumedKind, Place
from ...locations.exception_handlers import would_catch
from ...locations.source_locations import UserCode


@dataclass(frozen=True)
class Want:
    """A value that the user's run would have, and what is known of it.

    `path` tells it apart (`best.pt["width"]`), `name` is what it is called (`width`), `parameter` what that
    is called which it goes to, and `default` what that is otherwise.
    """

    path: str
    name: str
    kind: AssumedKind = "number"
    parameter: str = ""
    default: Any = None
    options: tuple[Any, ...] = ()  # the values that it can have, where the user's code tells
    place: Place | None = None


class ValueWanted(BaseException):
    """The attempt ends here: it needs a value of its own. No `except Exception` of the user's takes it."""

    def __init__(self, want: Want) -> None:
        super().__init__(want.path)
        self.want = want


class Notes:
    """What one attempt replaced. `values` are those that were chosen for what nobody gave, by their path."""

    def __init__(self, user_code: UserCode, values: Mapping[str, Any]) -> None:
        self.user_code = user_code
        self.wanted: Want | None = None
        self.compared: dict[str, Want] = {}  # texts that were asked for, with what the code compares them to
        self.absent: list[Want] = []  # files that the code asked after, and that are not there
        self.expanded = ""  # the path of what was given as `**unknown` last
        self.options: dict[str, dict[str, Any]] = {}  # by tracker, those that the program gave it
        self.failures: list[BaseException] = []
        self.read: Any = None  # the source of what is unknown since last
        self._values = values
        self._assumed: dict[tuple[AssumedKind, str], Assumed] = {}

    @property
    def assumed(self) -> tuple[Assumed, ...]:
        return tuple(self._assumed.values())

    def add(self, kind: AssumedKind, what: str, by: str, place: Place | None = None) -> None:
        """The first note of each thing counts."""
        if (kind, what) not in self._assumed:
            self._assumed[kind, what] = Assumed(kind, what, by, place or self.place())

    def place(self) -> Place | None:
        """Where the user's program is at this moment."""
        frame = self.user_code.here()
        return frame.place if frame else None

    def settle(self, kind: AssumedKind, what: str, by: str, place: Place | None) -> None:
        """What was chosen in the end, in the place of an earlier note."""
        earlier = self._assumed.get((kind, what))
        self._assumed[kind, what] = Assumed(kind, what, by, place or (earlier.place if earlier else None))

    def has(self, kind: AssumedKind) -> bool:
        return any(each == kind for each, _ in self._assumed)

    def is_handled(self, error: BaseException, frame: FrameType | None) -> bool:
        """Whether the user's own program deals with an error: it must see it, then."""
        return would_catch(error, self.user_code, frame)

    def compare(self, want: Want, other: str) -> None:
        """Notes that the user's code asks whether an unknown text is `other`."""
        known = self.compared.get(want.path, want)
        self.compared[want.path] = replace(known, options=tuple(dict.fromkeys((*known.options, other))))

    def chosen(self, path: str) -> Any:
        """The value that was chosen; None where none was."""
        return self._values.get(path)

    def demand(self, want: Want) -> Any:
        """The value for a want.

        Raises:
            ValueWanted: none was chosen yet.
        """
        if want.path in self._values:
            return self._values[want.path]
        self.wanted = replace(want, place=self.place())
        raise ValueWanted(self.wanted)
