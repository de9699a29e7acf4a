"""What to export: the model, its inputs, its dynamic shapes, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .places import Place, Position
from .spec import SpecPart, SpecPath

Origin = str
"""How a target was found: the name of a finder. `discovery.FINDERS` is the list of them."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Python source of one value, and where in the user's files it stands.

    `text` is a prefix of nothing but itself: its first line begins at `place.range.start`, and every
    further line keeps the columns it has in the file (a comment's `#` is blanked out). A position
    inside `text` is therefore a position in the file by adding the start line, and for the first line
    the start character.
    """

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class FixtureFile:
    """What is run of a file that has fixtures of a test in another: `text` is a slice of the `file`, named `module`."""

    file: str
    module: str
    text: str


@dataclass(frozen=True, slots=True)
class Surrounding:
    """A context manager around a call that leads to a target's, or a statement above it that sets something.

    The statements of `names` give it the names that it uses. `here`: it is of the slice's own file, and has the names
    of the module too; of those the `statement` binds the ones that are `outer`.
    """

    expression: Expression
    names: str
    statement: bool = False
    here: bool = False
    outer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """What of a file is run in place of importing it.

    `text` is the file's text in which every statement that is not needed is blank: lines and columns
    are those of the file. `reached` is where the call stands whose arguments the target's expressions
    are: they are evaluated there, in the midst of the function that it stands in, and nothing is run
    beyond. None: they are evaluated in the module, as of a target that was written down. `unknown` are
    the parameters around the call that are needed and have no value. `call` is where the function that it
    stands in is called, if its parameters have their values from there. `supplied` are parameters of that
    function, each with an expression of the module that gives its value, and variables of loops around the call; `fixtures`
    are the other files that they are of. With `whole` that function is a method
    that is called on an instance of its class, and the class stays as it is.
    """

    text: str
    reached: Position | None = None
    unknown: tuple[str, ...] = ()
    call: Position | None = None
    supplied: tuple[tuple[str, str], ...] = ()
    whole: bool = False
    fixtures: tuple[FixtureFile, ...] = ()
    around: tuple[Surrounding, ...] = ()  # what is entered before the function is called, outermost first
    elsewhere: tuple[tuple[Surrounding, ...], ...] = ()  # the same of other callers, where it is not the same
    within: tuple[Surrounding, ...] = ()  # what is entered at the call: what a helper has around its own call
    decorators: tuple[Position, ...] = ()  # of functions around the call, those that are entered with them
    context: tuple[Expression, ...] = ()  # all that the call stands in, outermost first: `torch.no_grad()`


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A name in a target's model that nothing tells: the check finds a value that the model can be built with.

    `options` are the texts of those that it may have, where that is no number; with `settings` it is an object
    whose attributes are such values. `known` is the text of a dict of those that a configuration file tells.
    """

    name: str
    options: tuple[str, ...] = ()
    settings: bool = False
    known: str = ""


@dataclass(frozen=True, slots=True)
class RunAs:
    """The arguments that a target's script is run with, and the command line that they are from.

    Without a `place` one of them is a configuration file that the script asks for, and no command line names.
    """

    arguments: tuple[str, ...]
    place: Place | None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another way to build a target's model: `model` is evaluated in the module of `file`, or in its `slice`."""

    module: str
    file: str
    model: Expression
    slice: Slice | None = None
    made_up: tuple[MadeUp, ...] = ()
    run_as: RunAs | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A model to export: how to build it, its example inputs, its dynamic shapes."""

    name: str  # `module:model expression`, as `cases:Gate()`
    module: str  # the name the file is imported under
    file: str  # the module's file, absolute
    origin: Origin
    place: Place  # what stands for the target as a whole: the class, the TOML table, `model = …`
    model: Expression
    args: Expression | None = None  # → tuple
    kwargs: Expression | None = None  # → dict
    dynamic_shapes: Expression | None = None
    options: Expression | None = None  # → dict: what else the call says, which only a run of the slice tells
    strict: bool = False
    slice: Slice | None = None  # None: the file is imported as it is
    model_class: str = (
        ""  # the model's class as this file calls it, where the text tells: `Net`, `models.Net`
    )
    model_place: Place | None = None  # where that class is defined, where that is in the user's files
    single: bool = (
        False  # as torch.onnx.export: `args` may be one value, or a dict of keywords; dims may be names
    )

    made_up: tuple[MadeUp, ...] = ()  # what its model needs and nothing tells
    fallbacks: tuple[Fallback, ...] = ()  # what is tried, one after the other, where it cannot be loaded

    run_as: RunAs | None = None  # the command line that the file is run with, as far as it is known

    spec_parts: tuple[SpecPart, ...] = ()  # what of the dynamic shapes stands where, as far as the text tells

    @property
    def subject(self) -> tuple[str, str]:
        """Which model it is for, as `FoundModel.key`; the class is empty where nothing tells."""
        file = self.model_place.file if self.model_place else self.file
        return file, self.model_class.rpartition(".")[2]

    def by(self, way: Fallback) -> Target:
        """The same target, its model built in another way."""
        return replace(
            self,
            module=way.module,
            file=way.file,
            model=way.model,
            slice=way.slice,
            made_up=way.made_up,
            run_as=way.run_as,
            fallbacks=(),
        )

    @property
    def context(self) -> tuple[Expression, ...]:
        """What its call stands in, outermost first: `torch.no_grad()`."""
        return self.slice.context if self.slice else ()

    @property
    def found_in(self) -> str:
        """The file whose search finds it: that of its class, where another file builds it."""
        return self.place.file if self.place.file.endswith(".py") else self.file

    @property
    def spec_place(self) -> Place:
        """Where a finding about the dynamic shapes belongs, whether or not they were written."""
        return self.dynamic_shapes.place if self.dynamic_shapes else self.place

    def spec_entry(self, path: SpecPath, *, key: bool) -> Place:
        """Where an entry of the spec stands, or the innermost part on the way to it; its key, if that is meant."""
        on_the_way = [part for part in self.spec_parts if part.leads_to(path)]
        if not on_the_way:
            return self.spec_place
        nearest = max(on_the_way, key=lambda part: len(part.at))
        return nearest.key if key and nearest.key and len(nearest.at) == len(path) else nearest.value
