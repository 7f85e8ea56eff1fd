"""Statements that are compiled once: parameters, lists, conversions, errors, transactions and both dialects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError

from server.store.statement import Statement

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


thing = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("colour", String(10), nullable=False),
    Column("lit", Boolean, nullable=False),
    Column("notes", JSON(none_as_null=True)),
    Column("packed", String),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A row; the fields stand in another order than the columns."""

    notes: Mapping[str, Any] | None
    lit: bool
    colour: Colour
    packed: str | None
    id: int


INSERT = Statement(insert(thing).inline())
BY_ID = Statement(select(thing).where(thing.c.id == bindparam("thing")), Thing)
OF_COLOURS = Statement(
    select(thing.c.id)
    .where(thing.c.colour.in_(bindparam("colours", expanding=True)), thing.c.id > bindparam("after"))
    .order_by(thing.c.id)
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'things.db'}", hide_parameters=True)
    thing.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def put(connection: Connection, number: int, colour: Colour = Colour.RED, **values: Any) -> None:
    row: dict[str, Any] = {"id": number, "colour": colour, "lit": False, "notes": None, "packed": None}
    INSERT.execute(connection, **row | values)


def test_a_row_is_built_by_the_names_of_its_columns(connection: Connection) -> None:
    put(connection, 7, Colour.BLUE, lit=True, notes={"số": [1, None]}, packed="x")
    row = BY_ID.first(connection, thing=7)
    assert row == Thing(id=7, colour=Colour.BLUE, lit=True, notes={"số": [1, None]}, packed="x")
    assert row is not None
    assert (type(row.colour), row.lit) == (Colour, True)
    assert BY_ID.first(connection, thing=8) is None
    assert BY_ID.all(connection, thing=8) == []


def test_it_reads_and_writes_what_sqlalchemy_does(connection: Connection) -> None:
    put(connection, 1, notes={"b": 2}, lit=True)
    connection.execute(insert(thing).values(id=2, colour="red", lit=True, notes={"b": 2}))
    raw = "SELECT colour, lit, notes, packed FROM thing WHERE id = "
    first, second = (connection.exec_driver_sql(f"{raw}{number}").one() for number in (1, 2))
    assert first == second
    assert connection.execute(select(thing).where(thing.c.id == 1)).one()._mapping["notes"] == {"b": 2}


def test_a_missing_value_of_json_and_of_an_enumeration_is_none(connection: Connection) -> None:
    @dataclass(frozen=True)
    class Maybe:
        colour: Colour | None

    put(connection, 1)
    assert connection.exec_driver_sql("SELECT notes IS NULL FROM thing").scalar_one() == 1
    nothing = Statement(select(func.nullif(thing.c.colour, "red").label("colour")), Maybe)
    assert nothing.all(connection) == [Maybe(None)]


def test_a_named_conversion_is_applied_to_its_column(connection: Connection) -> None:
    def pair(packed: int, number: int) -> tuple[int, int]:
        return packed, number

    put(connection, 3, packed="12")
    converted = Statement(select(thing.c.id.label("number"), thing.c.packed), pair, convert={"packed": int})
    assert converted.all(connection) == [(12, 3)]
    put(connection, 4, notes={"a": 1})
    of_type_first = Statement(
        select(thing.c.notes).where(thing.c.id == 4), lambda notes: notes, convert={"notes": list}
    )
    assert of_type_first.all(connection) == [["a"]]


@pytest.mark.parametrize("columns", [(thing.c.id,), (thing.c.id, thing.c.lit, thing.c.packed)])
def test_columns_that_do_not_fit_are_refused_at_import(columns: Any) -> None:
    def pair(lit: bool, colour: str) -> None:
        """Take two columns."""

    with pytest.raises(TypeError, match="does not fit"):
        Statement(select(*columns), pair)


def test_lists_of_several_lengths(connection: Connection) -> None:
    for number, colour in enumerate((Colour.RED, Colour.BLUE, Colour.RED), 1):
        put(connection, number, colour)
    assert OF_COLOURS.all(connection, colours=["red"], after=0) == [(1,), (3,)]
    assert OF_COLOURS.all(connection, colours=("red", "blue"), after=1) == [(2,), (3,)]
    assert OF_COLOURS.all(connection, colours={Colour.BLUE}, after=0) == [(2,)]
    assert OF_COLOURS.all(connection, colours=[], after=0) == []
    assert OF_COLOURS.all(connection, colours=["blue"], after=2) == []


def test_a_list_is_converted_part_by_part(connection: Connection) -> None:
    put(connection, 1, lit=True)
    lit = Statement(select(thing.c.id).where(thing.c.lit.in_(bindparam("lit", expanding=True))))
    assert (lit.all(connection, lit=[True]), lit.all(connection, lit=[False])) == ([(1,)], [])


def test_the_values_of_the_statement_itself_are_kept(connection: Connection) -> None:
    for number in (1, 2, 3):
        put(connection, number, lit=number == 2)
    constants = Statement(
        select((thing.c.id + 10).label("id"), literal("x").label("x"))
        .where(thing.c.colour.in_((Colour.RED, Colour.BLUE)), thing.c.lit.in_([False]), thing.c.id < bindparam("below"))
        .order_by(thing.c.id)
        .limit(5)
    )
    assert constants.all(connection, below=3) == [(11, "x")]
    assert constants.all(connection, below=9) == [(11, "x"), (13, "x")]


def test_value_is_the_first_column_converted(connection: Connection) -> None:
    put(connection, 1, notes={"a": 1})
    notes = Statement(select(thing.c.notes, thing.c.id).where(thing.c.id == bindparam("thing")))
    assert notes.value(connection, thing=1) == {"a": 1}
    assert notes.value(connection, thing=2) is None


def test_changes_return_the_number_of_rows(connection: Connection) -> None:
    rows: list[dict[str, Any]] = [
        {"id": number, "colour": "red", "lit": True, "notes": {}, "packed": None} for number in (1, 2, 3)
    ]
    assert INSERT.execute_many(connection, rows) == 3
    paint = Statement(
        update(thing).where(thing.c.id == bindparam("old_id")).values(colour=bindparam("colour"), lit=False)
    )
    assert paint.execute(connection, old_id=1, colour="blue") == 1
    assert paint.execute(connection, old_id=9, colour="blue") == 0
    assert paint.execute_many(connection, [{"old_id": 2, "colour": "blue"}, {"old_id": 9, "colour": "blue"}]) == 1
    assert OF_COLOURS.all(connection, colours=["blue"], after=0) == [(1,), (2,)]
    assert Statement(delete(thing)).execute(connection) == 3


def test_parameters_that_are_unknown_or_missing_are_refused(connection: Connection) -> None:
    by_id = Statement(select(thing).where(thing.c.id == bindparam("thing")), Thing)
    for _ in ("not compiled yet", "compiled"):
        with pytest.raises(TypeError, match="thong"):
            by_id.first(connection, thing=1, thong=1)
        with pytest.raises(KeyError, match="thing: missing"):
            by_id.first(connection)
        by_id.first(connection, thing=1)
    with pytest.raises(KeyError, match="after: missing"):
        OF_COLOURS.all(connection, colours=["red"])
    with pytest.raises(KeyError):
        OF_COLOURS.all(connection, after=1)


@pytest.mark.parametrize("calls", [({}, {"below": 3}, {}), ({"below": 3}, {}, {"below": 3})])
def test_a_parameter_with_a_default_may_be_given_or_not_at_each_call(
    connection: Connection, calls: tuple[dict[str, int], ...]
) -> None:
    for number in (1, 2, 3):
        put(connection, number)
    below = Statement(select(thing.c.id).where(thing.c.id < bindparam("below", 2)).order_by(thing.c.id))
    ids_by_given = {len(given): below.all(connection, **given) for given in calls}
    assert ids_by_given == {0: [(1,)], 1: [(1,), (2,)]}
    with pytest.raises(TypeError, match="bellow"):
        below.all(connection, bellow=3)


def test_rows_of_different_names_are_refused(connection: Connection) -> None:
    paint = Statement(update(thing).where(thing.c.id == bindparam("old_id")).values(colour=bindparam("colour", "blue")))
    with pytest.raises(TypeError, match="different names"):
        paint.execute_many(connection, [{"old_id": 1, "colour": "red"}, {"old_id": 2}])


def test_errors_of_the_driver_are_wrapped_as_sqlalchemy_does(connection: Connection) -> None:
    put(connection, 1)
    duplicate = {"id": 1, "colour": "red", "lit": False, "notes": None, "packed": "secret"}
    with pytest.raises(IntegrityError) as theirs:
        connection.execute(insert(thing), duplicate)
    with pytest.raises(IntegrityError) as ours:
        INSERT.execute(connection, **duplicate)
    assert str(ours.value) == str(theirs.value)
    assert str(ours.value.orig) == "UNIQUE constraint failed: thing.id"
    assert ours.value.__cause__ is ours.value.orig
    with pytest.raises(IntegrityError):
        INSERT.execute_many(connection, [duplicate])
    connection.exec_driver_sql("PRAGMA query_only=1")
    with pytest.raises(OperationalError, match="readonly"):
        Statement(delete(thing)).execute(connection)
    missing = Table("missing", MetaData(), Column("id", Integer))
    with pytest.raises(OperationalError, match="no such table"):
        Statement(select(missing)).all(connection)


def test_an_error_while_rows_are_fetched_is_wrapped_too(connection: Connection) -> None:
    put(connection, 1)
    overflow = Statement(select(func.abs(text("-9223372036854775808")), thing.c.id))
    with pytest.raises(OperationalError, match="overflow"):
        overflow.all(connection)


def test_a_lost_connection_is_given_up(connection: Connection) -> None:
    put(connection, 1)
    driver_connection = connection.connection.dbapi_connection
    assert driver_connection is not None
    driver_connection.close()
    with pytest.raises(DBAPIError) as lost:
        BY_ID.first(connection, thing=1)
    assert lost.value.connection_invalidated
    assert connection.invalidated
    with pytest.raises(PendingRollbackError):
        connection.execute(select(thing))


def test_it_begins_the_transaction_of_a_connection_that_has_none(engine: Engine) -> None:
    with engine.connect() as connection:
        assert not connection.in_transaction()
        put(connection, 1)
        assert connection.in_transaction()
        connection.rollback()
        assert BY_ID.first(connection, thing=1) is None
        put(connection, 2)
        connection.commit()
    with engine.begin() as connection:
        savepoint = connection.begin_nested()
        put(connection, 3)
        savepoint.rollback()
        assert (BY_ID.first(connection, thing=2) is None, BY_ID.first(connection, thing=3) is None) == (False, True)


def test_postgresql_gets_named_parameters_of_the_same_statement(connection: Connection) -> None:
    put(connection, 1)
    given: Mapping[str, Any] = {"colours": ["red", "blue"], "after": 0}
    OF_COLOURS.all(connection, **given)
    compiled = OF_COLOURS.compiled_for(POSTGRESQL, given)
    names = compiled.parameters(given)
    assert names == {"colours_1": "red", "colours_2": "blue", "after": 0}
    assert all(f"%({name})s" in compiled.text for name in names)
    row = {"id": 1, "lit": True}
    insert_two = Statement(insert(thing).values(id=bindparam("id"), lit=bindparam("lit")).inline())
    inserted = insert_two.compiled_for(POSTGRESQL, row)
    assert inserted.parameters(row) == row
    assert "RETURNING" not in inserted.text
