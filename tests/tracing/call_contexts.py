"""Scripts whose export depends on what stands around the call and above it.

Each is the condition that its model asks in `forward`, where it needs a tensor's data if it holds, and the rest
of the script. With `{call}` the model is exported. What is right is what torch says of the script.
"""

from __future__ import annotations

from collections.abc import Mapping

CALL = "torch.export.export(model, (x,))"

_MODEL = """\
import contextlib, functools, os, types, warnings
from unittest import mock

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

STATE = {"exporting": False}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.branches = BRANCHES

    def forward(self, x):
        if ASKED and x.sum() > 0:
            return self.layer(x)
        return -self.layer(x)


"""

_AROUND: Mapping[str, tuple[str, str]] = {
    "with no_grad": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.no_grad():
    {call}
""",
    ),
    "with no_grad that matters": (
        "not torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.no_grad():
    {call}
""",
    ),
    "no_grad that ended": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.no_grad():
    y = model.layer(x)
{call}
""",
    ),
    "no_grad by another name": (
        "torch.is_grad_enabled()",
        """
from torch import no_grad as frozen
model = Net()
x = torch.randn(2, 3)
with frozen():
    {call}
""",
    ),
    "no_grad in a variable": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
quiet = torch.no_grad()
with quiet:
    {call}
""",
    ),
    "no_grad by a condition": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
train = False
with contextlib.nullcontext() if train else torch.no_grad():
    {call}
""",
    ),
    "enable_grad inside": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.no_grad():
    with torch.enable_grad():
        {call}
""",
    ),
    "set_grad_enabled with": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.set_grad_enabled(False):
    {call}
""",
    ),
    "set_grad_enabled above": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
torch.set_grad_enabled(False)
{call}
""",
    ),
    "set_grad_enabled below": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
{call}
torch.set_grad_enabled(False)
""",
    ),
    "set_grad_enabled and back": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
torch.set_grad_enabled(False)
torch.set_grad_enabled(True)
{call}
""",
    ),
    "inference_mode": (
        "torch.is_inference_mode_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.inference_mode():
    {call}
""",
    ),
    "inference_mode not": (
        "not torch.is_inference_mode_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.inference_mode():
    {call}
""",
    ),
    "two items": (
        "torch.is_grad_enabled() or not torch.is_autocast_enabled('cpu')",
        """
model = Net()
x = torch.randn(2, 3)
with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
    {call}
""",
    ),
    "two items, one a file": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with open(__file__) as source, torch.no_grad():
    {call}
""",
    ),
    "a file that may not be written": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with open("out.log", "w") as log:
    with torch.no_grad():
        log.write("!")
        {call}
""",
    ),
    "autocast": (
        "torch.is_autocast_enabled('cpu')",
        """
model = Net()
x = torch.randn(2, 3)
with torch.autocast("cpu", dtype=torch.bfloat16):
    {call}
""",
    ),
    "autocast of torch.amp": (
        "not torch.is_autocast_enabled('cpu')",
        """
model = Net()
x = torch.randn(2, 3)
with torch.amp.autocast(device_type="cpu", dtype=torch.bfloat16):
    {call}
""",
    ),
    "an exit stack": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with contextlib.ExitStack() as stack:
    stack.enter_context(torch.no_grad())
    {call}
""",
    ),
    "an exit stack by a condition": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
frozen = True
with contextlib.ExitStack() as stack:
    if frozen:
        stack.enter_context(torch.no_grad())
    {call}
""",
    ),
    "an own context manager": (
        "STATE['exporting']",
        """
@contextlib.contextmanager
def exporting():
    STATE["exporting"] = True
    try:
        yield
    finally:
        STATE["exporting"] = False


model = Net()
x = torch.randn(2, 3)
with exporting():
    {call}
""",
    ),
    "an own context manager's class": (
        "not STATE['exporting']",
        """
class Exporting:
    def __enter__(self):
        STATE["exporting"] = True
        return self

    def __exit__(self, *raised):
        STATE["exporting"] = False


model = Net()
x = torch.randn(2, 3)
with Exporting() as mode:
    {call}
""",
    ),
    "an own one around torch's": (
        "torch.is_grad_enabled()",
        """
@contextlib.contextmanager
def frozen(module):
    was = module.training
    module.eval()
    with torch.no_grad():
        yield module
    module.train(was)


model = Net()
x = torch.randn(2, 3)
with frozen(model) as model:
    {call}
""",
    ),
    "a patched forward": (
        "self.branches",
        """
model = Net()
x = torch.randn(2, 3)
def plain(self, x):
    return self.layer(x)


with mock.patch.object(Net, "forward", plain):
    {call}
""",
    ),
    "a timer and a progress bar": (
        "torch.is_grad_enabled()",
        """
import time


@contextlib.contextmanager
def timed(name):
    start = time.time()
    yield
    print(name, time.time() - start)


model = Net()
x = torch.randn(2, 3)
with timed("export"), warnings.catch_warnings(), torch.no_grad():
    {call}
""",
    ),
    "a profiler": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with torch.profiler.profile() as prof, torch.no_grad():
    {call}
""",
    ),
    "the default device": (
        "torch.get_default_device().type == 'meta'",
        """
model = Net()
x = torch.randn(2, 3)
with torch.device("meta"):
    {call}
""",
    ),
    "inputs made inside": (
        "x.dtype == torch.float64 or x.requires_grad",
        """
model = Net()
with torch.no_grad():
    x = model.layer(torch.randn(2, 3))
    {call}
""",
    ),
    "a model made inside": (
        "x.device.type == 'meta'",
        """
with torch.device("meta"):
    model = Net()
    x = torch.randn(2, 3)
    {call}
""",
    ),
    "sdpa_kernel": (
        "torch.backends.cuda.flash_sdp_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with sdpa_kernel(SDPBackend.MATH):
    {call}
""",
    ),
    "config.patch": (
        "torch._dynamo.config.capture_scalar_outputs",
        """
import torch._dynamo
model = Net()
x = torch.randn(2, 3)
with torch._dynamo.config.patch(capture_scalar_outputs=True):
    {call}
""",
    ),
    "in a loop and a try": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
for _ in range(2):
    try:
        with torch.no_grad():
            {call}
    except Exception as error:
        print("failed", error)
        raise
""",
    ),
    "in brackets": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
with (
    torch.no_grad(),
    open(__file__) as source,
    warnings.catch_warnings(),
):
    {call}
""",
    ),
    "an exit stack without with": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
stack = contextlib.ExitStack()
stack.enter_context(torch.no_grad())
{call}
stack.close()
""",
    ),
    "the environment patched": (
        "os.environ.get('FAST')",
        """
model = Net()
x = torch.randn(2, 3)
with mock.patch.dict(os.environ, {"FAST": "1"}):
    {call}
""",
    ),
    "a flag that a context sets on the model": (
        "self.branches",
        """
@contextlib.contextmanager
def without_branches(module):
    was = module.branches
    module.branches = False
    yield
    module.branches = was


model = Net()
x = torch.randn(2, 3)
with without_branches(model):
    {call}
""",
    ),
    "evaluating": (
        "self.training",
        """
@contextlib.contextmanager
def evaluating(module):
    was = module.training
    try:
        module.eval()
        yield
    finally:
        module.train(was)


model = Net()
x = torch.randn(2, 3)
with evaluating(model):
    {call}
""",
    ),
    "a file that is read": (
        "torch.is_grad_enabled()",
        """
model = Net()
with open(__file__) as source, torch.no_grad():
    x = torch.randn(2, 3 if source.readline() else 4)
    {call}
""",
    ),
}


_FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "decorated": (
        "torch.is_grad_enabled()",
        """
@torch.no_grad()
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "decorated without a call": (
        "torch.is_grad_enabled()",
        """
@torch.no_grad
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


if __name__ == "__main__":
    main()
""",
    ),
    "decorated by inference_mode": (
        "not torch.is_inference_mode_enabled()",
        """
@torch.inference_mode()
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "decorated by autocast": (
        "torch.is_autocast_enabled('cpu')",
        """
@torch.autocast("cpu", dtype=torch.bfloat16)
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "an own decorator": (
        "torch.is_grad_enabled()",
        """
def frozen(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        with torch.no_grad():
            return function(*args, **kwargs)

    return inner


@frozen
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "an own context manager as decorator": (
        "STATE['exporting']",
        """
@contextlib.contextmanager
def exporting():
    STATE["exporting"] = True
    try:
        yield
    finally:
        STATE["exporting"] = False


@exporting()
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "a decorator that only prints": (
        "torch.is_grad_enabled()",
        """
def logged(function):
    def inner(*args):
        print(function.__name__)
        open("log.txt", "w").close()
        return function(*args)

    return inner


@logged
@torch.no_grad()
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


main()
""",
    ),
    "a helper, called under no_grad": (
        "torch.is_grad_enabled()",
        """
def export(model, x):
    return {call}


model = Net()
x = torch.randn(2, 3)
with torch.no_grad():
    export(model, x)
""",
    ),
    "a helper that is decorated": (
        "torch.is_grad_enabled()",
        """
@torch.no_grad()
def export(model, x):
    return {call}


model = Net()
x = torch.randn(2, 3)
export(model, x)
""",
    ),
    "a helper with its own with": (
        "torch.is_grad_enabled()",
        """
def export(model, x):
    model.eval()
    with torch.no_grad():
        return {call}


export(Net(), torch.randn(2, 3))
""",
    ),
    "a helper, its caller decorated": (
        "torch.is_grad_enabled()",
        """
def export(model, x):
    return {call}


@torch.no_grad()
def main():
    model = Net()
    export(model, torch.randn(2, 3))


main()
""",
    ),
    "a caller's caller": (
        "torch.is_grad_enabled()",
        """
def export(model, x):
    return {call}


def run():
    model = Net()
    export(model, torch.randn(2, 3))


def main():
    with torch.no_grad():
        run()


if __name__ == "__main__":
    main()
""",
    ),
    "main is called under no_grad": (
        "torch.is_grad_enabled()",
        """
def main():
    model = Net()
    x = torch.randn(2, 3)
    {call}


if __name__ == "__main__":
    with torch.no_grad():
        main()
""",
    ),
    "a method": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self, model):
        self.model = model

    @torch.no_grad()
    def export(self, x):
        return torch.export.export(self.model, (x,))


Exporter(Net()).export(torch.randn(2, 3))
""",
    ),
    "a method of an instance": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self):
        self.model = Net()

    def export(self):
        x = torch.randn(2, 3)
        return torch.export.export(self.model, (x,))


exporter = Exporter()
with torch.no_grad():
    exporter.export()
""",
    ),
    "main and its option": (
        "torch.is_grad_enabled()",
        """
def main(size=3):
    model = Net()
    x = torch.randn(2, size)
    with torch.no_grad():
        {call}


if __name__ == "__main__":
    main()
""",
    ),
    "a method that calls another": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self):
        self.model = Net()

    def run(self):
        with torch.no_grad():
            self.export()

    def export(self):
        x = torch.randn(2, 3)
        return torch.export.export(self.model, (x,))


Exporter().run()
""",
    ),
    "a nested function": (
        "torch.is_grad_enabled()",
        """
def main():
    model = Net()
    x = torch.randn(2, 3)

    def run():
        return {call}

    with torch.no_grad():
        run()


main()
""",
    ),
    "a context from a function": (
        "torch.is_autocast_enabled('cpu')",
        """
def precision(half):
    if half:
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


model = Net()
x = torch.randn(2, 3)
context = precision(half=True)
with context:
    {call}
""",
    ),
    "a context of self": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self):
        self.model = Net()
        self.quiet = torch.no_grad()

    def export(self):
        x = torch.randn(2, 3)
        with self.quiet:
            return torch.export.export(self.model, (x,))


Exporter().export()
""",
    ),
    "a function that sets the process": (
        "torch.get_default_dtype() == torch.float64",
        """
def configure():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(2)


configure()
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "main sets it": (
        "torch.is_grad_enabled()",
        """
def main():
    torch.set_grad_enabled(False)
    model = Net()
    x = torch.randn(2, 3)
    return {call}


if __name__ == "__main__":
    main()
""",
    ),
    "a helper sets it": (
        "torch.is_grad_enabled()",
        """
def freeze_process():
    torch.set_grad_enabled(False)


def main():
    freeze_process()
    model = Net()
    x = torch.randn(2, 3)
    return {call}


main()
""",
    ),
    "main sets it before it calls": (
        "torch.is_grad_enabled()",
        """
def export(model, x):
    return {call}


def main():
    torch.set_grad_enabled(False)
    export(Net(), torch.randn(2, 3))


main()
""",
    ),
}


_CALLERS: Mapping[str, tuple[str, str]] = {
    "a setting two callers up": (
        "torch.is_grad_enabled()",
        """
def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def prepare():
    build()


def main():
    torch.set_grad_enabled(False)
    prepare()


if __name__ == "__main__":
    main()
""",
    ),
    "a setting below the guard": (
        "torch.get_default_dtype() == torch.float64",
        """
def main():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
""",
    ),
    "a setting below the call of a caller": (
        "torch.is_grad_enabled()",
        """
def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def main():
    build()
    torch.set_grad_enabled(False)


main()
""",
    ),
    "a setting by a name of the caller": (
        "torch.is_grad_enabled()",
        """
def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def main():
    train = False
    torch.set_grad_enabled(train)
    build()


main()
""",
    ),
    "a caller's own context manager": (
        "torch.is_grad_enabled()",
        """
@contextlib.contextmanager
def frozen():
    with torch.no_grad():
        yield


def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def main():
    quiet = frozen()
    with quiet:
        build()


main()
""",
    ),
    "a caller sets a global by a function": (
        "STATE['exporting']",
        """
def begin():
    STATE["exporting"] = True


def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def main():
    begin()
    build()


main()
""",
    ),
    "a caller changes a model of the module": (
        "self.training",
        """
model = Net()


def build():
    x = torch.randn(2, 3)
    return {call}


def main():
    model.eval()
    build()


main()
""",
    ),
    "the callers of a method set it": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self):
        self.model = Net()

    def run(self):
        torch.set_grad_enabled(False)
        self.export()

    def export(self):
        x = torch.randn(2, 3)
        return torch.export.export(self.model, (x,))


Exporter().run()
""",
    ),
    "a caller sets it by a global statement": (
        "MODE == 'slow'",
        """
MODE = "fast"


def build():
    model = Net()
    x = torch.randn(2, 3)
    return {call}


def main():
    global MODE
    MODE = "slow"
    build()


main()
""",
    ),
    "a context manager of self": (
        "torch.is_grad_enabled()",
        """
class Exporter:
    def __init__(self):
        self.model = Net()

    @contextlib.contextmanager
    def quiet(self):
        with torch.no_grad():
            yield

    def export(self):
        x = torch.randn(2, 3)
        with self.quiet():
            return torch.export.export(self.model, (x,))


Exporter().export()
""",
    ),
    "a static context manager": (
        "not torch.is_grad_enabled()",
        """
@contextlib.contextmanager
def frozen():
    was = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    yield
    torch.set_grad_enabled(was)


class Exporter:
    quiet = staticmethod(frozen)

    def export(self):
        model = Net()
        x = torch.randn(2, 3)
        with self.quiet():
            return {call}


Exporter().export()
""",
    ),
    "self is the context manager": (
        "not torch.is_grad_enabled()",
        """
class Exporter:
    def __enter__(self):
        self.was = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        return self

    def __exit__(self, *raised):
        torch.set_grad_enabled(self.was)

    def export(self):
        model = Net()
        x = torch.randn(2, 3)
        with self:
            return {call}


Exporter().export()
""",
    ),
    "a context manager of an object": (
        "torch.is_grad_enabled()",
        """
class Modes:
    @contextlib.contextmanager
    def quiet(self):
        with torch.no_grad():
            yield


modes = Modes()
model = Net()
x = torch.randn(2, 3)
with modes.quiet():
    {call}
""",
    ),
}


_ABOVE: Mapping[str, tuple[str, str]] = {
    "eval": (
        "self.training",
        """
model = Net()
x = torch.randn(2, 3)
model.eval()
{call}
""",
    ),
    "train": (
        "self.training",
        """
model = Net()
x = torch.randn(2, 3)
model.eval()
model.train()
{call}
""",
    ),
    "train(False)": (
        "self.training",
        """
model = Net()
x = torch.randn(2, 3)
model.train(False)
{call}
""",
    ),
    "eval below": (
        "self.training",
        """
model = Net()
x = torch.randn(2, 3)
{call}
model.eval()
""",
    ),
    "half": (
        "x.dtype == torch.float16",
        """
model = Net().half()
x = torch.randn(2, 3).half()
{call}
""",
    ),
    "to bfloat16": (
        "self.layer.weight.dtype == torch.bfloat16",
        """
model = Net()
model.to(torch.bfloat16)
x = torch.randn(2, 3).to(torch.bfloat16)
{call}
""",
    ),
    "double": (
        "self.layer.weight.dtype == torch.float32",
        """
model = Net()
model.double()
x = torch.randn(2, 3).double()
{call}
""",
    ),
    "requires_grad_": (
        "self.layer.weight.requires_grad",
        """
model = Net()
x = torch.randn(2, 3)
model.requires_grad_(False)
{call}
""",
    ),
    "parameters frozen in a loop": (
        "self.layer.weight.requires_grad",
        """
model = Net()
x = torch.randn(2, 3)
for p in model.parameters():
    p.requires_grad = False
{call}
""",
    ),
    "parameters frozen by name": (
        "self.layer.weight.requires_grad",
        """
model = Net()
x = torch.randn(2, 3)
for name, p in model.named_parameters():
    if "layer" in name:
        p.requires_grad_(False)
{call}
""",
    ),
    "an environment variable": (
        "os.environ.get('FAST')",
        """
model = Net()
x = torch.randn(2, 3)
os.environ["FAST"] = "1"
{call}
""",
    ),
    "an environment variable in __init__": (
        "self.branches",
        """
os.environ["SLOW"] = "1"
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "an environment variable by putenv": (
        "os.environ.get('FAST')",
        """
model = Net()
x = torch.randn(2, 3)
os.environ.update(FAST="1")
{call}
""",
    ),
    "an environment variable taken away": (
        "os.environ.get('FAST')",
        """
model = Net()
x = torch.randn(2, 3)
os.environ["FAST"] = "1"
del os.environ["FAST"]
{call}
""",
    ),
    "default dtype": (
        "torch.get_default_dtype() == torch.float64",
        """
torch.set_default_dtype(torch.float64)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "default device": (
        "x.device.type == 'meta'",
        """
torch.set_default_device("meta")
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a backend": (
        "torch.backends.mkldnn.flags is None or torch.backends.cudnn.benchmark",
        """
torch.backends.cudnn.benchmark = True
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a backend's function": (
        "torch.backends.cuda.flash_sdp_enabled()",
        """
torch.backends.cuda.enable_flash_sdp(False)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "precision": (
        "torch.get_float32_matmul_precision() == 'high'",
        """
torch.set_float32_matmul_precision("high")
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "deterministic": (
        "torch.are_deterministic_algorithms_enabled()",
        """
torch.use_deterministic_algorithms(True)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "dynamo's config": (
        "torch._dynamo.config.capture_scalar_outputs",
        """
import torch._dynamo as dynamo
dynamo.config.capture_scalar_outputs = True
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "config imported": (
        "torch._dynamo.config.capture_scalar_outputs",
        """
from torch._dynamo import config
config.capture_scalar_outputs = True
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a hook": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
model.layer.register_forward_hook(hook)
{call}
""",
    ),
    "a pre-hook with a handle": (
        "False",
        """
def hook(module, args):
    return (args[0] * args[0].sum().item(),) if args[0].sum() > 0 else args


model = Net()
x = torch.randn(2, 3)
handle = model.register_forward_pre_hook(hook)
{call}
""",
    ),
    "a hook taken away": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
handle = model.layer.register_forward_hook(hook)
handle.remove()
{call}
""",
    ),
    "hooks in a loop": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
for layer in model.modules():
    if isinstance(layer, nn.Linear):
        layer.register_forward_hook(hook)
{call}
""",
    ),
    "a parametrization": (
        "False",
        """
from torch.nn.utils import parametrize


class Scaled(nn.Module):
    def forward(self, w):
        return w if w.sum() > 0 else -w


model = Net()
x = torch.randn(2, 3)
parametrize.register_parametrization(model.layer, "weight", Scaled())
{call}
""",
    ),
    "weight_norm": (
        "not hasattr(self.layer, 'parametrizations')",
        """
model = Net()
x = torch.randn(2, 3)
model.layer = nn.utils.parametrizations.weight_norm(model.layer)
{call}
""",
    ),
    "spectral_norm": (
        "hasattr(self.layer, 'parametrizations')",
        """
model = Net()
x = torch.randn(2, 3)
nn.utils.parametrizations.spectral_norm(model.layer)
{call}
""",
    ),
    "pruning": (
        "hasattr(self.layer, 'weight_mask')",
        """
from torch.nn.utils import prune
model = Net()
x = torch.randn(2, 3)
prune.l1_unstructured(model.layer, name="weight", amount=0.5)
{call}
""",
    ),
    "a method set": (
        "True",
        """
def plain(self, x):
    return self.layer(x)


model = Net()
x = torch.randn(2, 3)
model.forward = types.MethodType(plain, model)
{call}
""",
    ),
    "a partial set": (
        "True",
        """
def plain(module, x):
    return module.layer(x)


model = Net()
x = torch.randn(2, 3)
model.forward = functools.partial(plain, model)
{call}
""",
    ),
    "a class's forward set": (
        "True",
        """
model = Net()
x = torch.randn(2, 3)
Net.forward = lambda self, x: self.layer(x)
{call}
""",
    ),
    "a flag set": (
        "self.branches",
        """
model = Net()
x = torch.randn(2, 3)
model.branches = False
{call}
""",
    ),
    "a flag set below": (
        "self.branches",
        """
model = Net()
x = torch.randn(2, 3)
{call}
model.branches = False
""",
    ),
    "a flag set by setattr": (
        "self.branches",
        """
model = Net()
x = torch.randn(2, 3)
setattr(model, "branches", False)
{call}
""",
    ),
    "a global set": (
        "STATE['exporting']",
        """
model = Net()
x = torch.randn(2, 3)
STATE["exporting"] = True
{call}
""",
    ),
    "entered by hand": (
        "torch.is_grad_enabled()",
        """
model = Net()
x = torch.randn(2, 3)
quiet = torch.no_grad()
quiet.__enter__()
{call}
quiet.__exit__(None, None, None)
""",
    ),
    "the environment joined": (
        "os.environ.get('FAST')",
        """
os.environ |= {"FAST": "1"}
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "gradients of torch.autograd": (
        "torch.is_grad_enabled()",
        """
torch.autograd.set_grad_enabled(False)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "hooks taken away in a loop": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
handles = [layer.register_forward_hook(hook) for layer in model.children()]
for handle in handles:
    handle.remove()
{call}
""",
    ),
    "a function that sets a global": (
        "MODE == 'slow'",
        """
MODE = "fast"


def set_mode(mode):
    global MODE
    MODE = mode


set_mode("slow")
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a function that sets a global and one that sets it back": (
        "MODE == 'slow'",
        """
MODE = "fast"


def set_mode(mode):
    global MODE
    MODE = mode


def begin():
    set_mode("slow")


begin()
set_mode("fast")
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a hook of all modules": (
        "False",
        """
from torch.nn.modules.module import register_module_forward_pre_hook


def hook(module, args):
    return args if args[0].sum() > 0 else None


register_module_forward_pre_hook(hook)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "a hook of all modules with a handle": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
handle = nn.modules.module.register_module_forward_hook(hook)
{call}
handle.remove()
""",
    ),
    "a hook of all modules taken away": (
        "False",
        """
def hook(module, args, output):
    return output if output.sum() > 0 else -output


model = Net()
x = torch.randn(2, 3)
handle = nn.modules.module.register_module_forward_hook(hook)
handle.remove()
{call}
""",
    ),
    "gradients of grad_mode": (
        "torch.is_grad_enabled()",
        """
torch.autograd.grad_mode.set_grad_enabled(False)
model = Net()
x = torch.randn(2, 3)
{call}
""",
    ),
    "entered and left by hand": (
        "torch.is_grad_enabled()",
        """
quiet = torch.no_grad()
quiet.__enter__()
model = Net()
quiet.__exit__(None, None, None)
x = torch.randn(2, 3)
{call}
""",
    ),
}


_WHOLE: Mapping[str, str] = {
    "a parameter written in place": """\
import torch
from torch import nn


class Centered(nn.Module):
    def __init__(self):
        super().__init__()
        self.center = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        self.center.mul_(0.9).add_(x.mean(0), alpha=0.1)
        return x - self.center


with torch.no_grad():
    torch.export.export(Centered(), (torch.randn(2, 3),))
""",
    "a parameter written in place under grad": """\
import torch
from torch import nn


class Centered(nn.Module):
    def __init__(self):
        super().__init__()
        self.center = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        self.center.mul_(0.9).add_(x.mean(0), alpha=0.1)
        return x - self.center


torch.export.export(Centered(), (torch.randn(2, 3),))
""",
    "a cache written at a position": """\
import torch
from torch import nn


class Memory(nn.Module):
    def __init__(self, size=16):
        super().__init__()
        self.project = nn.Linear(4, 4)
        self.register_buffer("rows", torch.zeros(2, size, 4))

    def forward(self, x, at):
        first = at.item()
        n = x.shape[1]
        self.rows[:, first : first + n] = self.project(x)
        return self.rows[:, : first + n].sum(1)


@torch.inference_mode()
def export(memory):
    return torch.export.export(memory, (torch.randn(2, 3, 4), torch.tensor(2)))


memory = Memory()
with torch.no_grad():
    torch.export.export(memory, (torch.randn(2, 3, 4), torch.tensor(2)))
""",
    "dtypes that autocast makes one": """\
import torch
from torch import nn


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4).to(torch.bfloat16)

    def forward(self, x):
        return self.b(self.a(x))


mixed = Mixed()
with torch.autocast("cpu", dtype=torch.bfloat16):
    torch.export.export(mixed, (torch.randn(2, 4),))
""",
    "compiled under a patched config": """\
import torch
import torch._dynamo
from torch import nn


class Repeat(nn.Module):
    def forward(self, x, n):
        return x * n.item()


with torch._dynamo.config.patch(capture_scalar_outputs=True):
    compiled = torch.compile(Repeat(), fullgraph=True, backend="eager")
    compiled(torch.randn(3), torch.tensor(2))
""",
    "strict": """\
import torch
from torch import nn


class Asks(nn.Module):
    def forward(self, x):
        if torch.is_grad_enabled():
            return x * 2 if x.sum() > 0 else x
        return x


@torch.no_grad()
def main():
    torch.export.export(Asks(), (torch.randn(2, 3),), strict=True)


main()
""",
}

_LOGS = """\
import logging

import torch
from torch import nn
from torch.export import Dim, export


class Logs(nn.Module):
    def forward(self, x):
        logging.getLogger("logs").warning("%s", id(x))  # strict export ends here
        return x + 1


x = torch.randn(6, 8)
"""

_HALVES = """\
import torch
from torch import nn
from torch.export import Dim, export


class Halves(nn.Module):
    def forward(self, x):
        return x.reshape(2, -1, 8)


x = torch.randn(6, 8)
b = Dim("b")
"""

_WITH_OPTIONS: Mapping[str, str] = {
    "strict behind two stars": f"{_LOGS}options = dict(strict=True)\nexport(Logs(), (x,), **options)\n",
    "strict by a name": f"{_LOGS}STRICT = True\nexport(Logs(), (x,), strict=STRICT)\n",
    "not strict by a name": f"{_LOGS}STRICT = False\nexport(Logs(), (x,), strict=STRICT)\n",
    "options that a helper hands on": f"{_LOGS}"
    "def to_program(model, args, **options):\n    return export(model, args, **options)\n\n\n"
    "to_program(Logs(), (x,), strict=True)\n",
    "options of a function that makes the model": f"{_LOGS}"
    "def build(**options):\n    net = Logs()\n    net.eval()\n    return export(net, (x,), **options)\n\n\n"
    "build(strict=True)\n",
    "strict that a helper hands on": f"{_LOGS}"
    "def to_program(model, args, strict):\n    return export(model, args, strict=strict)\n\n\n"
    "to_program(Logs(), (x,), strict=True)\n",
    "shapes behind two stars": f"{_HALVES}shapes = {{'dynamic_shapes': ({{0: b}},)}}\nexport(Halves(), (x,), **shapes)\n",
    "inputs behind two stars": f"{_HALVES}given = dict(args=(torch.randn(5, 8),))\nexport(Halves(), **given)\n",
    "keyword inputs behind two stars": f"{_HALVES}given = dict(kwargs={{'x': x}})\nexport(Halves(), (), **given)\n",
    "conditions": f"{_HALVES}export(Halves(), (x,), dynamic_shapes=({{0: b}},))\n",
    "conditions that the program asserts": f"{_HALVES}export(\n    Halves(),\n    (x,),\n"
    "    dynamic_shapes=({0: b},),\n    prefer_deferred_runtime_asserts_over_guards=True,\n)\n",
    "asserted by an option behind two stars": f"{_HALVES}"
    "options = {'prefer_deferred_runtime_asserts_over_guards': True}\n"
    "export(Halves(), (x,), dynamic_shapes=({0: b},), **options)\n",
    "a module of which the signature is kept": f"{_HALVES}"
    "export(Halves(), (x,), preserve_module_call_signature=('nowhere',))\n",
}


def _script(asked: str, text: str, branches: str = "True") -> str:
    model = _MODEL.replace("ASKED", asked).replace("BRANCHES", branches)
    return model + text.lstrip("\n").replace("{call}", CALL)


SCRIPTS: Mapping[str, str] = {
    name: _script(asked, text, "'SLOW' in os.environ" if "__init__" in name else "True")
    for name, (asked, text) in {**_AROUND, **_FUNCTIONS, **_CALLERS, **_ABOVE}.items()
} | {**_WHOLE, **_WITH_OPTIONS}

_NET = _script("torch.is_grad_enabled()", "")
_TOOL = "import torch\n\n\ndef to_program(model, x):\n    return torch.export.export(model, (x,))\n"

PACKAGES: Mapping[str, Mapping[str, str]] = {
    "a helper of another file, called under no_grad": {
        "net.py": _NET,
        "tool.py": _TOOL,
        "main.py": "import torch\nfrom net import Net\nfrom tool import to_program\n\n"
        "with torch.no_grad():\n    to_program(Net(), torch.randn(2, 3))\n",
    },
    "a decorated helper of another file": {
        "net.py": _NET,
        "tool.py": _TOOL.replace("def to_program", "@torch.no_grad()\ndef to_program"),
        "main.py": "import torch\nfrom net import Net\nfrom tool import to_program\n\n"
        "to_program(Net(), torch.randn(2, 3))\n",
    },
    "main of another file, called under no_grad": {
        "net.py": _NET,
        "job.py": "import torch\nfrom net import Net\n\n\ndef job():\n    model = Net()\n"
        "    return torch.export.export(model, (torch.randn(2, 3),))\n",
        "main.py": "import torch\nfrom job import job\n\n\n@torch.no_grad()\ndef main():\n    job()\n\n\n"
        'if __name__ == "__main__":\n    main()\n',
    },
    "a context manager of another file": {
        "net.py": _NET,
        "modes.py": "import contextlib\n\nimport torch\n\n\n@contextlib.contextmanager\ndef frozen():\n"
        "    with torch.no_grad():\n        yield\n",
        "main.py": "import torch\nfrom modes import frozen\nfrom net import Net\n\nmodel = Net()\n"
        "with frozen():\n    torch.export.export(model, (torch.randn(2, 3),))\n",
    },
    "a decorator of another file": {
        "net.py": _NET,
        "modes.py": "import torch\n\n\ndef frozen(function):\n    def inner(*args):\n"
        "        with torch.no_grad():\n            return function(*args)\n\n    return inner\n",
        "main.py": "import torch\nfrom modes import frozen\nfrom net import Net\n\n\n@frozen\ndef main():\n"
        "    model = Net()\n    torch.export.export(model, (torch.randn(2, 3),))\n\n\nmain()\n",
    },
    "main sets it before it calls another file": {
        "net.py": _NET,
        "job.py": "import torch\nfrom net import Net\n\n\ndef job():\n    model = Net()\n"
        "    return torch.export.export(model, (torch.randn(2, 3),))\n",
        "main.py": "import torch\nfrom job import job\n\n\ndef main():\n    torch.set_grad_enabled(False)\n"
        '    job()\n\n\nif __name__ == "__main__":\n    main()\n',
    },
    "a script sets it at its top": {
        "net.py": _NET,
        "job.py": "import torch\nfrom net import Net\n\n\ndef job():\n    model = Net()\n"
        "    return torch.export.export(model, (torch.randn(2, 3),))\n",
        "main.py": "import torch\nfrom job import job\n\ntorch.set_grad_enabled(False)\njob()\n",
    },
    "a helper of another file sets it": {
        "net.py": _NET,
        "tool.py": _TOOL.replace("    return", "    torch.set_grad_enabled(False)\n    return"),
        "main.py": "import torch\nfrom net import Net\nfrom tool import to_program\n\n"
        "to_program(Net(), torch.randn(2, 3))\n",
    },
    "a function of another file sets a global of a third": {
        "modes.py": 'MODE = "fast"\n\n\ndef set_mode(mode):\n    global MODE\n    MODE = mode\n',
        "net.py": _script("modes.MODE == 'slow'", "").replace(
            "import torch\n", "import modes\nimport torch\n", 1
        ),
        "main.py": "import torch\nfrom modes import set_mode\nfrom net import Net\n\nset_mode('slow')\n"
        "torch.export.export(Net(), (torch.randn(2, 3),))\n",
    },
    "options that a helper of another file hands on": {
        "net.py": _LOGS,
        "tool.py": "import torch\n\n\ndef to_program(model, x, **options):\n"
        "    return torch.export.export(model, (x,), **options)\n",
        "main.py": "import torch\nfrom net import Logs\nfrom tool import to_program\n\n"
        "to_program(Logs(), torch.randn(2, 3), strict=True)\n",
    },
    "an import that sets the process": {
        "net.py": _NET,
        "settings.py": "import torch\n\ntorch.set_grad_enabled(False)\n",
        "main.py": "import settings\nimport torch\nfrom net import Net\n\nmodel = Net()\n"
        "torch.export.export(model, (torch.randn(2, 3),))\n",
    },
}
