"""A start after a kill checks the database in the background; no other start does."""

import signal
from contextlib import closing
from pathlib import Path

from support.server_process import Api, Machine, machine, office, running
from support.waiting import until


def log_of(where: Machine) -> str:
    return (where.config.parent / "server.log").read_text(encoding="utf-8")


def database_state(where: Machine) -> str | None:
    with closing(Api(where.api)) as api:
        parts = api.get("/health")[1]["server"]
    return next((str(part["state"]) for part in parts if part["device"] == "database"), None)


def test_the_whole_database_is_checked_after_a_kill_only(tmp_path: Path) -> None:
    where = machine(tmp_path, office(["HT"], {"c1": ["HT"]}))
    with running(where):
        until(lambda: database_state(where) == "ready")
    with running(where) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert "the whole database is checked" not in log_of(where)
    with running(where):
        until(lambda: database_state(where) == "ready")
        assert "the whole database is checked while the hall works" in log_of(where)
        until(lambda: "the database is whole" in log_of(where))
    with running(where):
        until(lambda: database_state(where) == "ready")
    assert log_of(where).count("the whole database is checked") == 1
