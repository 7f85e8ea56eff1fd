"""Reading TOML into settings: all mistakes at once, each with file, section and suggestion."""

import difflib
import sys
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, Union

from pydantic import BaseModel, ValidationError

from config.settings import Settings

EX_CONFIG = 78  # sysexits.h: configuration error

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(Exception):
    """The file cannot be used. ``mistakes`` are sentences, one each, in the order of the file's sections."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def load(path: Path, model: type[Model]) -> Model:
    """``path`` as a frozen model. Raises :class:`ConfigError` with every mistake found."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror}); check the name and its rights"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text; save it as UTF-8"]) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([_mistake(path, model, one) for one in error.errors()]) from error


def load_settings(path: Path) -> Settings:
    """One machine's settings; relative paths inside count from the file's folder (``machine.state`` does not)."""
    settings = load(path, Settings)
    home = path.resolve().parent
    if settings.server is not None:
        server = settings.server.model_copy(update={"office": home / settings.server.office})
        settings = settings.model_copy(update={"server": server})
    if settings.kiosk is not None:
        printer = settings.kiosk.printer
        files = {"layout": printer.layout, "profile": printer.profile}
        found = {name: home / file for name, file in files.items() if file is not None}
        kiosk = settings.kiosk.model_copy(update={"printer": printer.model_copy(update=found)})
        settings = settings.model_copy(update={"kiosk": kiosk})
    return settings


def leave(error: ConfigError) -> NoReturn:
    """Print the mistakes for a person and end with exit code 78."""
    for mistake in error.mistakes:
        print(mistake, file=sys.stderr)
    raise SystemExit(EX_CONFIG) from error


def _mistake(path: Path, model: type[BaseModel], error: Mapping[str, Any]) -> str:
    location: tuple[int | str, ...] = error["loc"]
    where = _section(location[:-1])
    name = location[-1] if location else ""
    if error["type"] == "extra_forbidden":
        known = list(_known(model, location[:-1]))
        close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        return f"{path}: {where}: unknown setting {str(name)!r}; {hint}"
    if error["type"] == "missing":
        return f"{path}: {where}: {str(name)!r} is missing; add it"
    sentence = str(error["msg"]).removeprefix("Value error, ")
    if isinstance(error["input"], Mapping | list):  # about a whole table: its contents would bury the sentence
        return f"{path}: {_section(location)}: {sentence}"
    return f"{path}: {where}: {name} = {error['input']!r}: {sentence}"


def _section(location: Sequence[int | str]) -> str:
    names = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"[{names}]" if names else "top of the file"


def _known(model: type[BaseModel], location: Sequence[int | str]) -> Iterator[str]:
    """Names that the section at ``location`` knows."""
    here: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        here = next((kind for kind in _models(here.model_fields[part].annotation)), None) if here else None
    if here is not None:
        yield from here.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The model classes inside an annotation such as ``tuple[Desk, ...]`` or ``Kiosk | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) in (
        Union,
        tuple,
        list,
        dict,
        Annotated,
    ):
        for inner in typing.get_args(annotation):
            yield from _models(inner)
