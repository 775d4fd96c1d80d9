"""Options from a file: framepick.toml in the current folder, or the one that --config names.

A table holds the options of one command, by their long names without the dashes; keys before the
first table hold for every command that has such an option. What the command line says wins.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args

import typer

from framepick.commands.shared import checked
from framepick.errors import UsageError, reason_of

CONFIG_NAME = "framepick.toml"
Command = Callable[..., None]

_PARAMETER = "config_file"
_NOT_IN_FILES = ("help", "config")
_PATHS_IN_TEXT = ("files_from",)
"""Parameters that name a file in a text, as standard input may stand for it."""
_ONLY_IF_NAMED = ("run", "post")
"""Keys that a file has to be named for: who enters a folder need not want what it calls."""


def with_config_file(command: Command) -> Command:
    """Give a command the option --config, and the values of the file for its other options."""
    own = inspect.signature(command, eval_str=True).parameters

    def use(context: typer.Context, file: Path | None) -> None:
        path = file or Path(CONFIG_NAME)
        if file or os.path.isfile(path):
            values = checked(lambda: _defaults(path, context, own, is_named=file is not None))
            context.default_map = values

    def call(**values: Any) -> None:
        del values[_PARAMETER]
        command(**values)

    option = typer.Option(
        "--config",
        is_eager=True,
        callback=use,
        readable=False,
        metavar="FILE",
        help="Read options from a file, else from framepick.toml in the current folder.",
        rich_help_panel="Options",
        show_default=False,
    )
    added = inspect.Parameter(
        _PARAMETER,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, option],
    )
    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__signature__ = inspect.Signature([*own.values(), added])  # type: ignore[attr-defined]
    return call


def _defaults(
    path: Path, context: typer.Context, own: Mapping[str, inspect.Parameter], *, is_named: bool
) -> dict[str, Any]:
    """Give the values of a file for the options of the command that is called, by parameter.

    Raises
    ------
    UsageError
        The file cannot be read, or something in it is unknown or wrong.
    """
    document = _read(path)
    commands = context.find_root().command.commands  # type: ignore[attr-defined]
    _check_names(path, document, {name: _options(one) for name, one in commands.items()})
    ours, name = _options(context.command), context.command.name or ""
    shared = {key: value for key, value in document.items() if key in ours}
    values = {}
    for key, value in {**shared, **document.get(name, {})}.items():
        place = f"{name}.{key}" if key in document.get(name, {}) else key
        if key in _ONLY_IF_NAMED and not is_named:
            _refuse(path, place, f"is taken only from a file that --config names, not {path}")
        option = ours[key]
        try:
            texts = _as_typed(value, option)
            if _is_path(own[option.name]):
                texts = _beside(texts, path.parent)
            option.process_value(context, texts)
        except typer.BadParameter as error:
            _refuse(path, f"{place} = {value!r}", error.message)
        values[option.name] = texts
    return values


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({reason_of(error)})") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not valid TOML ({error})") from error


def _options(command: Any) -> dict[str, Any]:
    """Give the options of a command by their keys in a file."""
    return {
        name.removeprefix("--"): one
        for one in command.params
        if one.param_type_name == "option"
        for name in one.opts
        if name.startswith("--") and name.removeprefix("--") not in _NOT_IN_FILES
    }


def _check_names(
    path: Path, document: Mapping[str, Any], commands: Mapping[str, Mapping[str, Any]]
) -> None:
    """Refuse tables that are no command, and keys that are no option, in all of a file."""
    everywhere = {key for options in commands.values() for key in options}
    for key, value in document.items():
        if key in commands and isinstance(value, dict):
            for inside in value.keys() - commands[key].keys():
                _refuse_unknown(path, f"{key}.{inside}", inside, commands[key])
        elif key in commands:
            _refuse(path, key, f"is a command; write its options under [{key}]")
        elif isinstance(value, dict):
            _refuse_unknown(path, f"[{key}]", key, commands)
        elif key not in everywhere:
            _refuse_unknown(path, key, key, everywhere)


def _refuse_unknown(path: Path, place: str, name: str, known: Iterable[str]) -> NoReturn:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1, 0.5)
    _refuse(path, place, "is unknown" + (f"; did you mean {near[0]}?" if near else ""))


def _refuse(path: Path, place: str, reason: str) -> NoReturn:
    raise UsageError(f"{path}: {place}: {reason}")


def _as_typed(value: Any, option: Any) -> bool | str | list[str]:
    """Give a value as the command line would have it: a flag, a text or several.

    Raises
    ------
    typer.BadParameter
        It is of another kind than the option.
    """
    if option.is_flag:
        if not isinstance(value, bool):
            raise typer.BadParameter("must be true or false")
        return value
    if option.multiple:
        return [_text(one) for one in (value if isinstance(value, list) else [value])]
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | time):
        raise typer.BadParameter("must be one number or text")
    return str(value)


def _is_path(parameter: inspect.Parameter) -> bool:
    return parameter.name in _PATHS_IN_TEXT or Path in _types_in(parameter.annotation)


def _types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _types_in(part)


def _beside(value: Any, folder: Path) -> Any:
    """Give paths that count from `folder`; standard input and addresses stay."""
    if isinstance(value, list):
        return [_beside(one, folder) for one in value]
    return value if value == "-" or "://" in value else os.path.join(folder, value)
