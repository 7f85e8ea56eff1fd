"""Read TOML into settings. All mistakes are reported, each with file, section and remedy."""

import difflib
import sys
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.settings import LinkSettings, ServerSettings, Settings

EX_CONFIG = 78  # sysexits.h: configuration error

_CONTAINER_TYPES = (Union, Annotated, tuple, list, dict)

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(Exception):
    """The file cannot be used. ``mistakes`` has one sentence for each, in the order of the file's sections."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def load(path: Path, model: type[Model]) -> Model:
    """Read the TOML file ``path`` into a frozen model. Raises :class:`ConfigError` with every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror}); check the name and its rights"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text; save it as UTF-8"]) from error
    try:
        raw = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOML errors, numbers with too many digits, brackets that are nested too deeply
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from error
    return validate(model, raw, path)


def validate(model: type[Model], raw: object, source: object) -> Model:
    """Return ``raw`` as a frozen model.

    Raises :class:`ConfigError` with every mistake, each sentence beginning with ``source``, the path of the file.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise config_error(error, model, source) from error


def config_error(error: ValidationError, model: type[BaseModel], source: object) -> ConfigError:
    """Turn pydantic's errors about a ``model`` into sentences that begin with ``source``."""
    return ConfigError([sentence for details in error.errors() for sentence in _mistakes(source, model, details)])


def located_mistakes(
    error: ValidationError, model: type[BaseModel]
) -> Sequence[tuple[tuple[int | str, ...], str, str]]:
    """Return pydantic's errors about a ``model``: location in the file, sentence, pydantic's type."""
    return [
        (_written_location(model, details["loc"])[0], sentence.removeprefix(": "), details["type"])
        for details in error.errors()
        for sentence in _mistakes("", model, details)
    ]


def load_settings(path: Path) -> Settings:
    """Load one machine's settings; relative paths are taken from the file's folder, except ``machine.state``."""
    settings = load(path, Settings)
    folder = path.resolve().parent
    broker_files = {"password_file": settings.broker.password_file, "ca_file": settings.broker.ca_file}
    broker_paths = {name: folder / file for name, file in broker_files.items() if file is not None}
    settings = settings.model_copy(update={"broker": settings.broker.model_copy(update=broker_paths)})
    if settings.server is not None:
        display = settings.server.display
        if display.pack is not None:
            display = display.model_copy(update={"pack": folder / display.pack})
        server = settings.server.model_copy(update={"office": folder / settings.server.office, "display": display})
        if server.oidc is not None and server.oidc.client_secret_file is not None:
            oidc = server.oidc.model_copy(update={"client_secret_file": folder / server.oidc.client_secret_file})
            server = server.model_copy(update={"oidc": oidc})
        own = {name: folder / file for name, file in server.tls if file is not None}
        server = server.model_copy(update={"tls": server.tls.model_copy(update=own)})
        settings = settings.model_copy(update={"server": server, "link": _link_beside(server, settings.link)})
    if settings.kiosk is not None:
        printer = settings.kiosk.printer
        files = {"layout": printer.layout, "profile": printer.profile}
        paths = {name: folder / file for name, file in files.items() if file is not None}
        kiosk = settings.kiosk.model_copy(update={"printer": printer.model_copy(update=paths)})
        settings = settings.model_copy(update={"kiosk": kiosk})
    return settings


def _link_beside(server: ServerSettings, link: LinkSettings) -> LinkSettings:
    """Return how stations beside a server reach it, unless the file has their own address."""
    if "server" in link.model_fields_set or not server.is_beyond_loopback:
        return link
    return link.model_copy(update={"server": f"http://{server.local}"})


def exit_with(error: ConfigError) -> NoReturn:
    """Print the mistakes to stderr and exit 78."""
    for mistake in error.mistakes:
        print(mistake, file=sys.stderr)
    raise SystemExit(EX_CONFIG) from error


def _mistakes(path: object, model: type[BaseModel], error: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sentences about one error; a check of a whole table may have several."""
    location, table = _written_location(model, error["loc"])
    where = _section(location[:-1])
    name = location[-1] if location else ""
    sentence = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            valid_names = list(table.model_fields) if table is not None else []
            close = difflib.get_close_matches(str(name), valid_names, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(valid_names)}"
            yield f"{path}: {where}: unknown setting {str(name)!r}; {hint}"
        case "missing":
            yield f"{path}: {where}: {str(name)!r} is missing; add it"
        case "union_tag_not_found":
            yield f"{path}: {_section(location)}: 'kind' is missing; add it"
        case "union_tag_invalid":
            valid_names = [tag.strip(" '") for tag in error["ctx"]["expected_tags"].split(",")]
            close = difflib.get_close_matches(error["ctx"]["tag"], valid_names, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(valid_names)}"
            yield f"{path}: {_section(location)}: kind = {error['ctx']['tag']!r}; {hint}"
        case _ if isinstance(
            error["input"], Mapping | list
        ):  # a whole table, whose contents would make the sentence unreadable
            yield from (f"{path}: {_section(location)}: {line}" for line in sentence.splitlines())
        case _:
            yield f"{path}: {where}: {name} = {error['input']!r}: {sentence}"


def _section(location: Sequence[int | str]) -> str:
    """Return a location as a section is written in TOML: ``[counter.desks[0].sign]``."""
    names = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"[{names}]" if names else "top of the file"


def _written_location(
    model: type[BaseModel], location: Sequence[int | str]
) -> tuple[tuple[int | str, ...], type[BaseModel] | None]:
    """Return ``location`` as it is in the file, and the model of its last part.

    In a union, pydantic's location also has the kind of the model that it tried, which is not in the file.
    """
    written: list[int | str] = []
    annotation: Any = model
    table: type[BaseModel] | None = None
    for part in location:
        models = list(_models(annotation))
        union_member = next((model for model in models if part in _tags(model)), None) if len(models) > 1 else None
        if union_member is not None and get_origin(annotation) is not dict:
            annotation = union_member
            continue
        written.append(part)
        table, annotation = _setting_of(annotation, part)
    return tuple(written), table


def _setting_of(annotation: Any, part: int | str) -> tuple[type[BaseModel] | None, Any]:
    """Return the model that has the setting ``part``, and the annotation of ``part``.

    The model is None for an item of a table or list.
    """
    if get_origin(annotation) is dict:
        return None, get_args(annotation)[1]
    if isinstance(part, int):
        return None, next(_models(annotation), None)
    model = next(_models(annotation), None)
    field = model.model_fields.get(part) if model is not None else None
    return model, field.annotation if field is not None else None


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """Return the values of ``kind`` that choose ``model`` in a union."""
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the model classes inside an annotation such as ``tuple[DeskSettings, ...]`` or ``KioskSettings | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, types.UnionType) or get_origin(annotation) in _CONTAINER_TYPES:
        for inner in get_args(annotation):
            yield from _models(inner)
