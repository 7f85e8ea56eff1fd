"""Reading TOML into settings: all mistakes at once, each with file, section and suggestion."""

import difflib
import sys
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.settings import Settings

EX_CONFIG = 78  # sysexits.h: configuration error

_HOLDERS = (Union, Annotated, tuple, list, dict)

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
    except (ValueError, RecursionError) as error:  # its own, a number of too many digits, brackets too deep
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from error
    return checked(model, raw, path)


def checked(model: type[Model], raw: object, source: object) -> Model:
    """Return ``raw`` as a frozen model. Raises :class:`ConfigError` with every mistake, after the ``source``'s name."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise refused(error, model, source) from error


def refused(error: ValidationError, model: type[BaseModel], source: object) -> ConfigError:
    """Return the mistakes that ``error`` found in a ``model`` as sentences for people, after the ``source``'s name."""
    return ConfigError([said for one in error.errors() for said in _mistakes(source, model, one)])


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


def _mistakes(path: object, model: type[BaseModel], error: Mapping[str, Any]) -> Iterator[str]:
    """The sentences about one error; a check of a whole table may have found several."""
    location, table = _place(model, error["loc"])
    where = _section(location[:-1])
    name = location[-1] if location else ""
    sentence = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            known = list(table.model_fields) if table is not None else []
            close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
            yield f"{path}: {where}: unknown setting {str(name)!r}; {hint}"
        case "missing":
            yield f"{path}: {where}: {str(name)!r} is missing; add it"
        case "union_tag_not_found":
            yield f"{path}: {_section(location)}: 'kind' is missing; add it"
        case "union_tag_invalid":
            known = [tag.strip(" '") for tag in error["ctx"]["expected_tags"].split(",")]
            close = difflib.get_close_matches(error["ctx"]["tag"], known, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
            yield f"{path}: {_section(location)}: kind = {error['ctx']['tag']!r}; {hint}"
        case _ if isinstance(error["input"], Mapping | list):  # a whole table: its contents would bury the sentence
            yield from (f"{path}: {_section(location)}: {one}" for one in sentence.splitlines())
        case _:
            yield f"{path}: {where}: {name} = {error['input']!r}: {sentence}"


def _section(location: Sequence[int | str]) -> str:
    names = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"[{names}]" if names else "top of the file"


def _place(
    model: type[BaseModel], location: Sequence[int | str]
) -> tuple[tuple[int | str, ...], type[BaseModel] | None]:
    """``location`` as it is written in the file, and the model of the table that holds its last part.

    Of several models pydantic also names the one it tried, by its kind, which is no part of the file's names.
    """
    written: list[int | str] = []
    here: Any = model
    table: type[BaseModel] | None = None
    for part in location:
        models = list(_models(here))
        tagged = next((one for one in models if part in _tags(one)), None) if len(models) > 1 else None
        if tagged is not None and get_origin(here) is not dict:
            here = tagged
            continue
        written.append(part)
        table, here = _inside(here, part)
    return tuple(written), table


def _inside(annotation: Any, part: int | str) -> tuple[type[BaseModel] | None, Any]:
    """The model that holds ``part``, if it is a model's setting, and what ``part`` is annotated with."""
    if get_origin(annotation) is dict:
        return None, get_args(annotation)[1]
    if isinstance(part, int):
        return None, next((one for one in _models(annotation)), None)
    model = next(_models(annotation), None)
    field = model.model_fields.get(part) if model is not None else None
    return model, field.annotation if field is not None else None


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """The kinds that choose ``model`` among several."""
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The model classes inside an annotation such as ``tuple[Desk, ...]`` or ``Kiosk | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, types.UnionType) or get_origin(annotation) in _HOLDERS:
        for inner in get_args(annotation):
            yield from _models(inner)
