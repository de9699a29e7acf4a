"""Notes, while the user's own program runs, how their models are built and called.

The rule: the program must not notice. This package runs in the user's interpreter, with the standard
library and whatever torch the program imports itself; it never imports torch, changes no object of the
user's but the `__call__` of their module classes, and whatever goes wrong in it is dropped.
"""
