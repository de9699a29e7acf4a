"""The names of one running function, and which of its code is certain to run."""

from __future__ import annotations

from dataclasses import dataclass, field

from .domain import Each, Items, Record, Value, bounded, join, join_all
from .scopes import ClassScope, Function, Scope

Names = dict[str, Value]
_CONTAINERS = (Each, Items, Record)


@dataclass(slots=True)
class Frame:
    """One call. `names` is None after a `return` or `raise`: nothing below is reached.

    `quiet` counts what makes its code one of which nothing is said (a `try` that catches, a branch that
    export does not take), `conditional` what makes it one that need not run.
    """

    scope: Scope
    function: Function
    owner: ClassScope | None
    names: Names
    quiet: int = 0
    conditional: int = 0
    depth: int = 0
    generator: bool = False
    ended: bool = False
    left: list[Names] = field(default_factory=list)  # the names at each `break` and `continue`
    returned: list[Value] = field(default_factory=list)

    def set(self, name: str, value: Value) -> None:
        self.names[name] = bounded(value) if isinstance(value, _CONTAINERS) else value

    @property
    def result(self) -> Value | None:
        return join_all(self.returned)


def merged(one: Names, other: Names) -> Names:
    """What holds of each name after either way; a name that one of them lacks is taken from the other."""
    result = dict(one)
    for name, value in other.items():
        mine = result.get(name)
        if mine is not value:
            result[name] = value if mine is None else join(mine, value)
    return result
