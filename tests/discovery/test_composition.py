"""Models that are built of others, or of what variables and settings hold, somewhere in the repository."""

from __future__ import annotations

from textwrap import dedent

from fullgraph.discovery import RepositoryIndex, discover
from fullgraph.model import Target
from fullgraph.text.source import SourceText

_NETS = """
    from torch import nn
    class Enc(nn.Module):
        def __init__(self, d, depth):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(d, d) for _ in range(depth))
        def forward(self, x):
            return self.layers[0](x)

    class Wrap(nn.Module):
        def __init__(self, num, layers, act):
            super().__init__()
            self.layers, self.act = layers, act
        def forward(self, x):
            return self.act(self.layers(x))
"""


def built(**files: str) -> Target | None:
    """How `Wrap` of nets.py is built."""
    texts = {"nets": _NETS, **files}
    sources = [SourceText(f"/project/{name}.py", dedent(text)) for name, text in texts.items()]
    index = RepositoryIndex(lambda: sources, roots=("/project",))
    found = discover(sources[0], "nets", index=index).targets
    return next((each for each in found if each.subject[1] == "Wrap"), None)


def test_a_model_in_a_model_is_built_where_the_call_stands() -> None:
    target = built(
        run="from torch import nn\nfrom nets import *\nmodel = Wrap(num=256, layers=Enc(d=8, depth=2), act=nn.GELU())\n"
    )
    assert target is not None
    assert target.model.text == "Wrap(num=256, layers=Enc(d=8, depth=2), act=nn.GELU()).eval()"
    assert (target.file, target.model.place.range.start.line) == ("/project/run.py", 2)
    assert target.place.file == "/project/nets.py"
    assert target.slice is not None


def test_variables_loops_and_settings_are_what_the_file_makes_them() -> None:
    text = """
        import torch
        from torch import nn
        from nets import Enc, Wrap
        settings = dict(num=4)
        for width in (8, 16):
            settings["act"] = nn.ReLU()

        def main(depth=2):
            print("training")
            inner = Enc(width, depth)
            model = Wrap(layers=inner, **settings)
            torch.optim.Adam(model.parameters())
    """
    target = built(run=text)
    assert target is not None
    assert target.slice is not None
    kept = target.slice.text
    assert "Enc(width, depth)" in kept
    assert "settings[" in kept
    assert "print" not in kept
    assert "Adam" not in kept


def test_what_only_another_model_builds_or_is_called_alike_is_not_built() -> None:
    inside = """
        from torch import nn
        from nets import Enc, Wrap
        class Outer(nn.Module):
            def __init__(self):
                super().__init__()
                self.wrap = Wrap(1, Enc(2, 3), nn.ReLU())
            def forward(self, x):
                return self.wrap(x)
    """
    assert built(outer=inside) is None
    assert built(other="class Wrap: ...\nWrap(1, Enc(2, 3), 4)\n") is None
    assert (
        built(unknown="from nets import Wrap\ndef make(layers):\n    return Wrap(1, layers, None)\n") is None
    )


_CONFIGURED = """
    from dataclasses import dataclass
    from torch import nn

    @dataclass
    class Options:
        words: int = -1

    class Wrap(nn.Module):
        def __init__(self, options: Options):
            super().__init__()
            self.words = nn.Embedding(options.words, 4)

        @classmethod
        def from_options(cls, options):
            return cls(options)

        @staticmethod
        def parse(text):
            return Options(int(text))

        def forward(self, x):
            return self.words(x)
"""


def test_a_class_method_builds_it_where_its_configuration_by_default_does_not() -> None:
    target = built(
        nets=_CONFIGURED,
        run='from nets import Options, Wrap\noptions = Wrap.parse("3")\nmodel = Wrap.from_options(options).to(0)\n',
    )
    assert target is not None
    assert target.model.text == "Wrap(Options()).eval()"
    assert [(each.model.text, each.file) for each in target.fallbacks] == [
        ("Wrap.from_options(options).eval()", "/project/run.py")
    ]
