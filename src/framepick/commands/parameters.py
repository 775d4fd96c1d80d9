"""Commands that take the options of another one, too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

Command = Callable[..., None]


def with_options_of(other: Command, without: Collection[str]) -> Callable[[Command], Command]:
    """Give a command all parameters of an `other` one, but for those `without` and its own.

    It gets their values as keywords.
    """

    def extended(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters
        named = {
            name: one for name, one in own.items() if one.kind is not inspect.Parameter.VAR_KEYWORD
        }
        theirs = inspect.signature(other, eval_str=True).parameters
        more = {name: one for name, one in theirs.items() if name not in {*without, *named}}

        def call(**values: Any) -> None:
            command(**values)

        call.__name__, call.__doc__ = command.__name__, command.__doc__
        parameters = [*named.values(), *more.values()]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return call

    return extended
