"""What of the user's run a check does without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .places import Place

AssumedKind = Literal[
    "checkpoint",
    "file",
    "data",
    "option",
    "environment",
    "device",
    "library",
    "call",
    "number",
    "sizes",
    "statement",
]
"""What of the user's run a check does without.

checkpoint   saved weights: the architecture counts, with the weights that it is initialized with
file         a picture, a configuration: something that is read and is not there
data         a data set, or a loader of it
option       of the command line
environment  a variable of the environment
device       an accelerator, which the CPU stands in for
library      a package that is not installed, and that nothing which the model needs calls
call         of a service or a tool (`wandb.init`, a tokenizer of the network): left out
statement    one that failed and that the model was built without, `assert os.environ["DATA"]`: `by` is `NOTHING`, and why
number       one that the text does not tell, solved or defaulted
sizes        those of inferred inputs that could be dynamic and are not: `by` says it, and why
"""


INFERRED = "inferred inputs"
"""What stands in for the inputs themselves."""

NOTHING = "nothing: "
"""How `by` begins of a statement that nothing stands in for; what follows is why it was left out."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Something of the user's run that was replaced, and by what.

    `what` names it as the user would (`best.pt`, `width`, `cuda`), `by` says what stands in for it
    (`weights as initialized`, `8`, `the CPU`); `place` is where their code asks for it, where that is known.
    """

    kind: AssumedKind
    what: str
    by: str
    place: Place | None = None
