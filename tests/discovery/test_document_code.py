"""The code in documents: which lines of a README, a docstring or a notebook are Python, and at which place."""

from __future__ import annotations

import json
from textwrap import dedent

from fullgraph.discovery import RepositoryIndex, evidence_in
from fullgraph.discovery.documents import code_in, examples_in
from fullgraph.text.source import SourceText

NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, size)

    def forward(self, x):
        return self.layer(x)
"""


def texts(name: str, text: str) -> list[str]:
    return [each.source.text for each in code_in(SourceText(f"/project/{name}", text))]


def called(name: str, text: str, **modules: str) -> list[tuple[str, int]]:
    """The models that a document calls, by name, with the line from 1."""
    files = {"net": NET, **modules}
    sources = [SourceText(f"/project/{module}.py", code) for module, code in files.items()]
    index = RepositoryIndex(lambda: sources, roots=("/project",))
    found = (
        each for home in code_in(SourceText(f"/project/{name}", text)) for each in evidence_in(home, index)
    )
    return [(each.name, each.place.range.start.line + 1) for each in found]


README = """
# Net

```python
import torch
from net import Net

net = Net(4)
net(torch.randn(2, 4))
```

Install it with

```bash
pip install net  # Net(3)(x)
```

~~~ py
y = net(torch.randn(8, 4))
~~~

```
Net(3
```
"""


def test_a_line_of_a_readme_keeps_its_place_and_all_else_is_blank() -> None:
    first, second = texts("README.md", README)
    lines = README.split("\n")
    assert [number for number, line in enumerate(first.split("\n")) if line] == [4, 5, 7, 8]
    assert first.split("\n")[8] == lines[8] == "net(torch.randn(2, 4))"
    assert second.split("\n")[18] == lines[18]
    assert second.split("\n")[7] == lines[7], "a block builds on those before it"


def test_calls_in_a_readme_are_those_of_the_classes_that_their_own_block_imports() -> None:
    text = """
        ```python
        import torch
        from net import Net
        Net(3)(torch.randn(1, 3))
        ```
        ```python
        import torch
        from other import Net
        Net(4)(torch.randn(1, 4))
        ```
    """
    assert called("README.md", dedent(text), other=NET) == [("net:Net", 5), ("other:Net", 10)]


def test_a_block_in_a_list_a_session_and_directives_are_code_too() -> None:
    text = """
    1. As in

       ```pycon
       >>> import torch
       >>> from net import Net
       >>> net = Net(
       ...     4)
       >>> net(torch.randn(2, 4)).shape
       torch.Size([2, 4])
       ```
    """
    assert called("README.md", dedent(text)) == [("net:Net", 9)]
    text = """
    Usage
    =====

    .. code-block:: python
       :linenos:

       import torch
       from net import Net
       net = Net(4)

       net(torch.randn(2, 4))

    Then::

        Net(5)(torch.randn(2, 5))

    >>> Net(6)(torch.randn(2, 6))

    .. code-block:: bash

       net = Net(4)
    """
    assert called("docs/usage.rst", dedent(text))[0] == ("net:Net", 12)
    last = [line.strip() for line in texts("docs/usage.rst", dedent(text))[-1].split("\n")]
    assert [number + 1 for number, line in enumerate(last) if line] == [8, 9, 10, 12, 18]


def test_cells_of_a_notebook_are_one_text_without_magics() -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# net = Net(9)\n", "net(1)"]},
        _cell("%matplotlib inline\n", "import torch\n", 'from net import Net  # a "quoted" word\n', "!ls\n"),
        _cell("%%bash\n", "net = Net(5)\n"),
        _cell("this is no Python"),
        _cell("net = Net(4)\n", "if True:\n", "    %time\n", "net(torch.randn(2, 4))"),
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    [(name, line)] = called("demo.ipynb", text)
    assert name == "net:Net"
    assert text.split("\n")[line - 1].strip() == '"net(torch.randn(2, 4))"'
    assert called("demo.ipynb", json.dumps({"cells": cells})) == []


def _cell(*source: str) -> dict[str, object]:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": []}
    return {**cell, "source": list(source)}


def test_an_example_in_a_docstring_has_the_names_of_its_module() -> None:
    docstring = '''
    """A net.

    Example:
        >>> net = Net(4)
        >>> net(torch.randn(2, 4))
    """
    '''
    head, body = NET.split("(nn.Module):\n")
    text = f"{head}(nn.Module):{docstring.rstrip()}\n{body}"
    source = SourceText("/project/package/net.py", text)
    index = RepositoryIndex(lambda: [source], lambda _: "package.net", ("/project",))
    [home] = examples_in(source, "package.net")
    [target] = evidence_in(home, index)
    assert target.subject == (source.file, "Net")
    assert source.lines[target.place.range.start.line].strip() == ">>> net(torch.randn(2, 4))"
    assert target.slice is not None
    assert target.slice.text.startswith("from package.net import Net\n")


def test_hostile_documents_end() -> None:
    for text in ("```", "```python\n" * 999, ">>> " * 99, "a::\n" * 999, '"source": [', "\u2028```py\n(\x00"):
        for name in ("README.md", "a.rst", "a.ipynb"):
            assert isinstance(texts(name, text), list)


def test_a_block_that_is_repeated_is_read_once() -> None:
    block = "```python\nfrom net import Net\nNet(4)(x)\n```\n"
    [text] = texts("README.md", block * 50)
    assert text.split("\n").index("Net(4)(x)") == 2


def test_a_repeated_block_that_builds_on_another_is_another() -> None:
    use = "```python\nnet(x)\n```\n"
    found = texts("README.md", f"```python\nnet = A\n```\n{use}{use}```python\nnet = B\n```\n{use}")
    assert [text.split() for text in found] == [["net", "=", "A", "net(x)"], ["net", "=", "B", "net(x)"]]
