"""A decoding loop that ends at an end token: keep the loop outside of the model, or run all steps under a mask.

What is exported is one step: tokens and state in, logits and state out. Beam search, sampling, and the question
whether all sequences have ended are Python around it, as in most runtimes. Where the loop has to be inside, it has
a fixed number of steps, and what comes after the end token is masked. Beams are rows of one tensor, and not a list of
pairs that Python sorts: `topk` picks the best of all that follow.

A loop that collects into one tensor is rewritten by `fixed-steps`; a list of numbers that the caller gets has a
length that no program can choose.

## Before

```python
for _ in range(self.max_steps):
    logits, state = self.step(token, state)
    token = logits.argmax(-1)
    tokens.append(token)
    if (token == self.eos).all():
        break
return torch.stack(tokens, 1)
```

## After

```python
step = torch.export.export(model.step_module, (token, state))

# or, with all steps in the program
done = torch.zeros_like(token, dtype=torch.bool)
for _ in range(self.max_steps):
    logits, state = self.step(token, state)
    token = torch.where(done, self.eos, logits.argmax(-1))
    tokens.append(token)
    done = done | (token == self.eos)
return torch.stack(tokens, 1)

# beams: scores (width,), sequences (width, steps so far)
total = (scores[:, None] + log_probs).flatten()
scores, picked = total.topk(width)
beam, token = picked // vocabulary, picked % vocabulary
sequences = torch.cat([sequences[beam], token[:, None]], dim=1)
```
"""

from __future__ import annotations

import ast

from .pattern import ON_DATA, Pattern, Sight, page, says

_SAYS = ("eos", "end_token", "stop_token", "next_token", "beam", "hypothesis", "hypotheses")
_ENDS = ("token", "tok", "done", "finished", "ended")


def _fits(sight: Sight) -> bool:
    return says(sight.loop or sight.statement, *_SAYS) or says(_end_of_a_loop(sight), *_ENDS)


def _end_of_a_loop(sight: Sight) -> ast.expr | None:
    """The condition that a loop goes on or ends by, where the finding is about it."""
    statement = sight.statement
    if isinstance(statement, ast.While):
        return statement.test
    ends = isinstance(statement, ast.If) and any(isinstance(n, ast.Break) for n in statement.body)
    return statement.test if isinstance(statement, ast.If) and ends and sight.loop is not None else None


PATTERN = Pattern("decoding-loop", ON_DATA, page(__doc__), _fits)
