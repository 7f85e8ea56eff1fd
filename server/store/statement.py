"""Statements that are compiled once and run on the driver's own cursor.

SQLAlchemy compiles every statement into the SQL of each database system. Building one anew and running it by
``Connection.execute`` takes about ten times as long as SQLite needs to run it, so the compiled text is kept.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter, methodcaller
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, overload

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

Row = TypeVar("Row")
Fetched = TypeVar("Fetched")
Convert = Callable[[Any], Any]
Values = Sequence[Any]


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A statement in one database system's SQL, for certain names and lengths of lists.

    ``names``: the names of the parameters that are given. ``constants``: the values that the statement itself holds, as
    the driver takes them. ``lists``: the names of the parts of each list. ``order``: the parameters in the order of the
    text; None where the text names them. ``to_driver``: how to convert parameters. ``from_driver``: how to convert the
    columns at these positions.
    """

    text: str
    names: Set[str]
    constants: Mapping[str, Any]
    lists: Mapping[str, Sequence[str]]
    order: Sequence[str] | None
    to_driver: Mapping[str, Convert]
    from_driver: Sequence[tuple[int, Convert]]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """Return the parameters for the driver. ``given`` has the names of ``names``."""
        by_name = {**self.constants, **given}
        for name, convert in self.to_driver.items():
            by_name[name] = convert(by_name[name])
        for name, parts in self.lists.items():
            by_name.update(zip(parts, by_name.pop(name), strict=True))
        return by_name if self.order is None else [by_name[name] for name in self.order]

    def values(self, row: Values) -> Values:
        """Return the values of a row of the driver, converted."""
        if not self.from_driver:
            return row
        values = list(row)
        for position, convert in self.from_driver:
            values[position] = convert(values[position])
        return values


def as_tuple(*values: Any) -> Any:
    """Return the values of a row as they are."""
    return values


class Statement(Generic[Row]):
    """One statement of SQLAlchemy Core.

    Its parameters are ``bindparam(name)``, its lists ``bindparam(name, expanding=True)``; a list should have few
    different lengths, because the statement is compiled for each. ``row`` makes an object of each row: a class or a
    function whose parameters have the names of the selected columns. A parameter whose type is an enumeration gets its
    member; ``convert`` converts others, by name. Raises ``TypeError`` when columns and parameters differ.
    """

    @overload
    def __init__(self: "Statement[Any]", statement: ClauseElement) -> None: ...

    @overload
    def __init__(
        self, statement: ClauseElement, row: Callable[..., Row], *, convert: Mapping[str, Convert] = ...
    ) -> None: ...

    def __init__(
        self, statement: ClauseElement, row: Callable[..., Any] = as_tuple, *, convert: Mapping[str, Convert] = {}
    ) -> None:
        self._row, self._convert = row, convert
        if row is not as_tuple and isinstance(statement, Select):
            statement, self._convert = _in_order_of(row, statement), {**_enumerations(row), **convert}
        self._statement = statement
        self._lists = _names_of_lists(statement)
        self._compiled: dict[tuple[Any, ...], CompiledStatement] = {}
        """The compiled statements by driver and lengths of the lists; further ones of the same key by names too."""

    def all(self, connection: Connection, **parameters: Any) -> list[Row]:
        """Return an object for each row."""
        compiled = self.compiled_for(connection.dialect, parameters)
        rows = _run(connection, "execute", compiled.text, compiled.parameters(parameters), methodcaller("fetchall"))
        return [self._row(*compiled.values(row)) for row in rows]

    def first(self, connection: Connection, **parameters: Any) -> Row | None:
        """Return an object for the first row; None if there is none."""
        compiled = self.compiled_for(connection.dialect, parameters)
        row = _run(connection, "execute", compiled.text, compiled.parameters(parameters), methodcaller("fetchone"))
        return None if row is None else self._row(*compiled.values(row))

    def value(self, connection: Connection, **parameters: Any) -> Any:
        """Return the first column of the first row; None if there is none."""
        compiled = self.compiled_for(connection.dialect, parameters)
        row = _run(connection, "execute", compiled.text, compiled.parameters(parameters), methodcaller("fetchone"))
        return None if row is None else compiled.values(row)[0]

    def execute(self, connection: Connection, **parameters: Any) -> int:
        """Change rows; return their number."""
        compiled = self.compiled_for(connection.dialect, parameters)
        count: int = _run(connection, "execute", compiled.text, compiled.parameters(parameters), attrgetter("rowcount"))
        return count

    def execute_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Change rows, once for each mapping of parameters; return their number.

        Raises ``IndexError`` without a mapping, ``TypeError`` when their names differ. The statement has no lists.
        """
        compiled = self.compiled_for(connection.dialect, rows[0])
        if any(row.keys() != compiled.names for row in rows):
            raise TypeError(f"the rows have different names: {compiled.text}")
        parameters = [compiled.parameters(row) for row in rows]
        count: int = _run(connection, "executemany", compiled.text, parameters, attrgetter("rowcount"))
        return count

    def compiled_for(self, dialect: Dialect, given: Mapping[str, Any]) -> CompiledStatement:
        """Return the statement in a database system's SQL, for the ``given`` parameters.

        It depends on their names and on the lengths of the lists. Raises ``TypeError`` for a name that the statement
        does not have, ``KeyError`` for a missing one.
        """
        key = (dialect.driver, *(len(given[name]) for name in self._lists)) if self._lists else (dialect.driver,)
        compiled = self._compiled.get(key)
        if compiled is not None and compiled.names != given.keys():
            key = (*key, frozenset(given))
            compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._statement, dialect, given, self._lists, self._convert)
        return compiled


def _in_order_of(row: Callable[..., Any], query: Select[Any]) -> Select[Any]:
    """Return the query with its columns in the order of the parameters of ``row``."""
    parameters = list(inspect.signature(row).parameters)
    columns = {str(column.key): column for column in query.selected_columns}
    if sorted(parameters) != sorted(columns):
        raise TypeError(f"{row.__qualname__}({', '.join(parameters)}) does not fit the columns {', '.join(columns)}")
    if parameters == list(columns):
        return query
    return query.with_only_columns(*(columns[name] for name in parameters), maintain_column_froms=True)


def _enumerations(row: Callable[..., Any]) -> Mapping[str, Convert]:
    """Return the conversion of each parameter that is an enumeration, or one or None."""
    return {
        parameter.name: _member_of(kind)
        for parameter in inspect.signature(row).parameters.values()
        for kind in (get_args(parameter.annotation) or (parameter.annotation,))
        if kind is not NoneType and isinstance(kind, type) and issubclass(kind, Enum)
    }


def _member_of(enumeration: type[Enum]) -> Convert:
    return lambda value: None if value is None else enumeration(value)


def _names_of_lists(statement: ClauseElement) -> Sequence[str]:
    """Return the names of the lists that are given at each run."""
    binds = (element for element in iterate(statement) if isinstance(element, BindParameter))
    return sorted({str(bind.key) for bind in binds if bind.expanding and bind.required})


def _compile(
    statement: ClauseElement,
    dialect: Dialect,
    given: Mapping[str, Any],
    names_of_lists: Collection[str],
    convert: Mapping[str, Convert],
) -> CompiledStatement:
    """Compile a statement for the names and the lengths of the lists that are given.

    Raises ``TypeError`` for given parameters that the statement does not have, ``KeyError`` for missing ones.
    """
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if given.keys() - compiled.params.keys():
        raise TypeError(f"{', '.join(given.keys() - compiled.params.keys())}: no parameters of {compiled}")
    missing = [name for name, bind in compiled.binds.items() if bind.required and name not in given]
    if missing:
        raise KeyError(f"{', '.join(missing)}: missing parameters of {compiled}")
    lists_of_given = {name: list(given[name]) for name in names_of_lists}
    expanded = compiled.construct_expanded_state(compiled.construct_params({**given, **lists_of_given}))
    to_driver = _conversions_to_driver(compiled, dialect)
    constants = {name: _plain(value) for name, value in compiled.params.items() if name not in given}
    for name in to_driver.keys() & constants.keys():
        constants[name] = to_driver[name](constants[name])
    lists = dict(expanded.parameter_expansion)
    for name in lists.keys() & constants.keys():
        constants.update(zip(lists.pop(name), constants.pop(name), strict=True))
    return CompiledStatement(
        text=expanded.statement,
        names=frozenset(given),
        constants=constants,
        lists=lists,
        order=expanded.positiontup,
        to_driver={name: convert for name, convert in to_driver.items() if name in given},
        from_driver=list(_conversions_from_driver(statement, dialect, convert).items()),
    )


def _plain(value: Any) -> Any:
    """Return a constant with each member of an enumeration replaced by its value."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, Enum) else value


def _conversions_to_driver(compiled: SQLCompiler, dialect: Dialect) -> Mapping[str, Convert]:
    """Return the conversion to the driver's value of each parameter that has one.

    That of a list converts each of its parts.
    """
    conversions: dict[str, Convert] = {}
    for name, bind in compiled.binds.items():
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            conversions[name] = _for_each_part(convert) if bind.expanding else convert
    return conversions


def _for_each_part(convert: Convert) -> Convert:
    return lambda parts: [convert(part) for part in parts]


def _conversions_from_driver(
    statement: ClauseElement, dialect: Dialect, convert: Mapping[str, Convert]
) -> Mapping[int, Convert]:
    """Return the conversion of each selected column that has one, by position.

    It is that of the column's type, followed by that of ``convert``, by name.
    """
    conversions: dict[int, Convert] = {}
    for position, column in enumerate(statement.selected_columns if isinstance(statement, Select) else ()):
        of_type = column.type.dialect_impl(dialect).result_processor(dialect, None)
        of_name = convert.get(str(column.key))
        conversion = of_name if of_type is None else of_type if of_name is None else _one_after_other(of_type, of_name)
        if conversion is not None:
            conversions[position] = conversion
    return conversions


def _one_after_other(first: Convert, second: Convert) -> Convert:
    return lambda value: second(first(value))


def _run(connection: Connection, method: str, text: str, parameters: Any, fetch: Callable[[Any], Fetched]) -> Fetched:
    """Run a text on a new cursor of the driver and return ``fetch(cursor)``.

    Begins the transaction of a connection that has none. Raises SQLAlchemy's errors, as ``Connection.execute`` does.
    """
    if not connection.in_transaction():
        connection.begin()
    return _on_cursor(connection, method, text, parameters, fetch)


def run_text(connection: Connection, text: str) -> None:
    """Run a text without parameters or result, such as ``BEGIN``.

    Begins no transaction.
    """
    _on_cursor(connection, "execute", text, (), lambda cursor: None)


def _on_cursor(
    connection: Connection, method: str, text: str, parameters: Any, fetch: Callable[[Any], Fetched]
) -> Fetched:
    try:
        with closing(connection.connection.cursor()) as cursor:
            getattr(cursor, method)(text, parameters)
            return fetch(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, text, parameters, error) from error


def _wrapped(connection: Connection, text: str, parameters: Any, error: Exception) -> BaseException:
    """Return an error of the driver as SQLAlchemy's; invalidate a lost connection."""
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    is_lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if is_lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        parameters,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=connection.engine.hide_parameters,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
