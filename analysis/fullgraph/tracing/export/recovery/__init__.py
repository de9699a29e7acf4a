"""Where export would stop, the trace notes why and goes on, so that one trace finds every failure.

It is the user's one export until the first failure, and nothing of it is changed before. What fails, a
torch function, a module, or the truth of a symbolic size asked for by Python, is noted only if nobody
on the way up would have caught the exception: code that tries and falls back exports.

The value to go on with is what the same call gave in the eager trace: a number as it is, a tensor as a
placeholder, a fake one with sizes of its own. A failure that involves a placeholder is not reported.
"""

from .hooks import Recovery

__all__ = ["Recovery"]
