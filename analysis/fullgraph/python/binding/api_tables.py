"""What methods do to what they are called on, by name: torch's, a module's, and those of Python's containers."""

from __future__ import annotations

import re

from ..syntax.names import last_part


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def is_in_place(method: str) -> bool:
    """Whether a method writes to its tensor, by torch's convention: `add_`, and not `__iadd__`."""
    return len(method) > 1 and method.endswith("_") and not method.endswith("__")


HAVE_IN_PLACE = _names(
    """
    index_copy index_add index_fill index_put scatter scatter_add masked_fill masked_scatter add sub mul div
    lerp clamp addcmul addcdiv
    """
)
"""Methods that give a new tensor, and have a form that writes to theirs."""

OVERWRITING = {"copy_": 1, "fill_": 1, "zero_": 0}
"""Methods that forget what was there, with how many arguments they take."""

RANDOM_IN_PLACE = _names("normal_ uniform_ bernoulli_ exponential_ random_ cauchy_ geometric_ log_normal_")

CHANGE_NO_VALUES = _names("requires_grad_ detach_ resize_ set_ share_memory_")
"""They end as what writes in place does, and have no form that gives a new tensor."""

VIEWS = _names(
    """
    view reshape transpose permute t squeeze unsqueeze expand expand_as flatten unflatten narrow select
    swapaxes movedim contiguous to float double half bfloat16 long int bool type type_as detach view_as
    reshape_as diagonal unfold T mT H real imag data ravel chunk split unbind
    """
)
"""What gives a view of its tensor, or may give the tensor itself."""

LAYOUTS = _names(
    """
    transpose permute t T mT H mH adjoint swapaxes swapdims movedim moveaxis einsum channels_last
    channels_last_3d cholesky cholesky_solve cholesky_inverse solve solve_triangular lu_solve lstsq inv pinv qr
    svd eigh
    """
)
"""What may give a tensor whose dimensions lie in another order in memory."""

BOOLEAN = _names(
    """
    isnan isinf isfinite isneginf isposinf isreal isclose isin eq ne lt le gt ge greater less greater_equal
    less_equal not_equal logical_and logical_or logical_not logical_xor any all signbit bool
    """
)
"""What gives a tensor that can only be true or false."""

ADDING = _names("append extend insert")
"""Methods of a list that make it longer."""

CONTAINER_MUTATORS = ADDING | _names(
    """
    appendleft extendleft add update setdefault discard remove pop popleft popitem clear sort reverse
    """
)
"""Methods that change a list, set, dict or deque."""

MODES = _names("eval train to half float double bfloat16 cpu cuda")
"""Methods that give a module its mode, dtype or device."""

RETURN_THE_MODULE = MODES | {"requires_grad_"}
"""Methods of a module that give the module itself."""

GIVE_PARTS = _names("add_argument_group add_mutually_exclusive_group add_subparsers add_parser")
"""Methods that give a part of what they are called on: what is added to it, is added to the whole."""

DISTRIBUTIONS = _names(
    """Bernoulli Beta Binomial Categorical Cauchy Chi2 ContinuousBernoulli Dirichlet Exponential FisherSnedecor Gamma
    GeneralizedPareto Geometric Gumbel HalfCauchy HalfNormal Independent InverseGamma Kumaraswamy LKJCholesky Laplace
    LogNormal LogisticNormal LowRankMultivariateNormal MixtureSameFamily Multinomial MultivariateNormal
    NegativeBinomial Normal OneHotCategorical OneHotCategoricalStraightThrough Pareto Poisson RelaxedBernoulli
    RelaxedOneHotCategorical StudentT TransformedDistribution Uniform VonMises Weibull Wishart"""
)
"""Those of `torch.distributions`: each checks its arguments, unless it is made with `validate_args=False`."""

_SETTING_UP = re.compile(
    r"""type|apply|compile|tie_weights
      | _?(set|add|register|enter|enable|disable|freeze|unfreeze|fuse|init|reset|remove|define|impl|merge)(_\w+)?
    """,
    re.VERBOSE,
)


def changes_owner(method: str) -> bool:
    """Whether a method, called as a statement, changes what it is called on, and takes no time."""
    known = method in MODES or method in CONTAINER_MUTATORS or is_in_place(method)
    return known or bool(_SETTING_UP.fullmatch(method))


_SETS_ATTRIBUTES = _names("__setattr__ __delattr__ __setitem__ __delitem__")
_ANYWHERE = re.compile(
    r"(set_?|add_|register_|enable_|disable_|freeze|unfreeze|remove_|fuse)\w*|init|configure|apply|pop|popitem|popleft"
)
_CHANGE_ARGUMENTS = re.compile(
    r"""setattr | delattr | ([\w.]+\.)?__(set|del)(attr|item)__
      | torch\.nn\.utils\.(\w+_norm|parametrizations\.\w+|parametrize\.\w+|prune\.\w+|fusion\.\w+|remove_\w+)
      | torch\.nn\.init\.\w+ | torch\.(ao\.)?quantization\.\w+
      | ([\w.]+\.)?(patch|monkeypatch|mocker)(\.\w+)*
    """,
    re.VERBOSE,
)


def changes_arguments(function: str) -> bool:
    """Whether a function, by its full name, changes the modules or objects that it is given."""
    return bool(_CHANGE_ARGUMENTS.fullmatch(function)) and ".clip_" not in function


def changes_owner_anywhere(method: str) -> bool:
    """Whether a method changes what it is called on, though its value is asked for too: `x = net.apply(init)`."""
    writes = is_in_place(method) and not method.startswith("clip_")
    return writes or method in _SETS_ATTRIBUTES or bool(_ANYWHERE.fullmatch(method))


# -- effects on the whole process --------------------------------------------------------------------

_SETTINGS = re.compile(
    r"""torch\.(manual_seed|seed)
      | torch\.(?!(cuda|xpu|mps|distributed|multiprocessing|nn\.utils|utils\.data)\.)
        (\w+\.)*(set|use|enable|disable|allow|disallow|register_module)_\w+
      | torch\.(_dynamo|_inductor|_functorch)\.config\.\w+
      | torch\.(cuda|xpu|mps|random)\.manual_seed(_all)?
      | torch\.library\.\w+ | torch\.ops\.load_library | torch\._C\._set_\w+
      | torch\.export\.(register_dataclass|register_\w+)
      | (torch\.utils\._pytree|optree|torch\.utils\.pytree)\.(_?register_pytree_node|register_\w+)
      | transformers\.(\w+\.)*register_\w+
      | torch\.serialization\.add_safe_globals
      | (random|numpy\.random)\.seed
      | sys\.path\.(append|insert|extend)
      | os\.environ\.(setdefault|update|pop|clear) | os\.(putenv|unsetenv)
      | absl\.flags\.(DEFINE|define|mark)\w*
    """,
    re.VERBOSE,
)
_SETTABLE = re.compile(r"torch\.|os\.environ\b|sys\.path\b")
_REGISTERING = re.compile(r"torch\.(library|ops)\.|torch\.export\.register|torch\.utils\._pytree\.")
_REGISTERS_BY = re.compile(r"(register|impl)\w*")


def sets_process(function: str) -> bool:
    """Whether a call of a function sets something for the whole process, or registers something with torch."""
    return bool(_SETTINGS.fullmatch(function))


def is_process_wide(target: str) -> bool:
    """Whether an assignment to an attribute or item of it sets something for the whole process."""
    return bool(_SETTABLE.match(target))


def is_registering(decorator: str) -> bool:
    """Whether a decorator registers what stands below it."""
    return bool(_REGISTERING.match(decorator) or _REGISTERS_BY.fullmatch(last_part(decorator)))
