"""Name scopes: where a node belongs, for those who read the model.

A scope is kept as an object while code is recorded; only the writer makes names of it, so that the numbers
in names depend on the model alone.
"""

from __future__ import annotations

from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, final

from onnxp.errors import ArgumentError, ArgumentTypeError, ScopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@final
class Scope:
    """One entry of a `NameScope`; compare by identity.

    Attributes
    ----------
    name : str
        What the user called it.
    parent : Scope or None
        The scope around it.
    opener : NameScope
        Who entered it and may leave it.
    """

    __slots__ = ("name", "opener", "parent")

    def __init__(self, name: str, parent: Scope | None, opener: NameScope) -> None:
        self.name = name
        self.parent = parent
        self.opener = opener


CURRENT: ContextVar[Scope | None] = ContextVar("onnxp.scope", default=None)
"""The scope of what is recorded next; each thread and each task has its own."""


@final
class NameScope(ContextDecorator):
    """What `name_scope` returns: to be used in ``with``, or to decorate a function."""

    __slots__ = ("_entered", "name")

    def __init__(self, name: str, *, shared: bool = False) -> None:
        self.name = name
        self._entered: dict[Scope | None, Scope] | None = {} if shared else None

    def __enter__(self) -> None:
        parent = CURRENT.get()
        if self._entered is None:
            CURRENT.set(Scope(self.name, parent, self))
        else:  # one scope, however often it is entered from another one
            CURRENT.set(self._entered.setdefault(parent, Scope(self.name, parent, self)))

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        current = CURRENT.get()
        own = current
        while own is not None and own.opener is not self:
            own = own.parent
        if own is not None:
            CURRENT.set(own.parent)
        if kind is None and (own is None or own is not current):
            where = "is not open here" if own is None else f"was left before {_name(current)}"
            raise ScopeError(
                f"name_scope: {self.name!r} {where}; scopes must be left in the reverse order and in the "
                "thread of their entry: use `with`, and do not yield from inside of it"
            )

    def __repr__(self) -> str:
        return f"name_scope({self.name!r})"

    def __reduce__(self) -> tuple[Callable[[str], NameScope], tuple[str]]:
        return name_scope, (self.name,)


def _name(scope: Scope | None) -> str:
    return repr(scope.name if scope is not None else "")


def name_scope(name: str) -> NameScope:
    """Name the part of a model that is recorded inside.

    Nodes that are recorded in ``with xp.name_scope("scaler"):`` are called ``scaler/Sub``, what they
    compute ``scaler/sub``. Scopes inside of scopes make ``model/scaler/Sub``. Where one name is used
    for several scopes, all but the first in the model get a number: ``scaler_1``. A node that is
    recorded several times and written once keeps its first scope.

    A function that `jit` made is a scope of its own where a traced function calls it.

    Parameters
    ----------
    name : str
        What to call it. A ``/`` in it reads as scopes inside of scopes.

    Returns
    -------
    NameScope
        A context manager, which may be used several times, and a decorator of functions.

    Raises
    ------
    ArgumentError
        If the name is empty between two ``/``, or has characters that cannot be printed.
    ArgumentTypeError
        If it is not a string.
    ScopeError
        When it is left before a scope that was entered later.

    Examples
    --------
    >>> import onnxp as xp
    >>> def predict(x):
    ...     with xp.name_scope("scaler"):
    ...         x = (x - 1) / 2
    ...     return x @ xp.ones((3, 2))
    >>> program = xp.trace(predict, "float64[N, 3]")
    >>> [node.name for node in program.model.graph.node]
    ['scaler/Sub', 'scaler/Div', 'MatMul']
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(
            f"name_scope: a name must be a string, not {name!r} of type {type(name).__name__}"
        )
    if not _is_name(name):
        raise ArgumentError(
            f"name_scope: a name needs printable characters, and some beside each '/', not {name!r}"
        )
    return NameScope(name)


@contextmanager
def no_scope() -> Iterator[None]:
    """Leave all scopes for a while: a model does not depend on where it was traced."""
    token = CURRENT.set(None)
    try:
        yield
    finally:
        CURRENT.reset(token)


def automatic(name: object, *, shared: bool = False) -> NameScope:
    """Return a scope for what has a name already, such as a function or a step, whatever is in that.

    If it is `shared`, all that is recorded in it belongs to one scope, such as the methods of a step.
    """
    text = "".join(c if c.isprintable() else "_" for c in str(name).strip("<>"))
    return NameScope("/".join(filter(None, text.split("/"))) or "scope", shared=shared)


def _is_name(text: str) -> bool:
    return text.isprintable() and all(text.split("/"))
