"""The start of a hall: kept ports, log file, texts on the terminal."""

import io
import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.load import load_settings
from server.hall.supervisor.addresses import ListenAddress, listen_addresses
from server.hall.supervisor.log_file import LogFile
from server.hall.supervisor.saved_ports import read_ports, reserve_saved
from server.hall.supervisor.terminal import box, ready_box, starting_line

DEMO = Path(__file__).parents[2] / "config/demo/hall.toml"
PAGE, STAFF = ListenAddress("hall.listen", "127.0.0.1:8080"), ListenAddress("server.listen", "127.0.0.1:8000")


def started(state: Path, *wanted: ListenAddress) -> dict[str, str]:
    """Return the addresses of a run, which ends at once."""
    with ExitStack() as held:
        return reserve_saved(wanted or listen_addresses(load_settings(DEMO)), state, held)


def port(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_a_hall_with_ports_of_its_own_has_the_same_ones_after_a_restart(tmp_path: Path) -> None:
    first = started(tmp_path)
    assert started(tmp_path) == first
    (tmp_path / "second").mkdir()
    with ExitStack() as held:
        reserve_saved(listen_addresses(load_settings(DEMO)), tmp_path, held)
        other = started(tmp_path / "second")
    assert not set(other.values()) & set(first.values())


def test_only_a_port_that_another_program_took_meanwhile_is_replaced(tmp_path: Path) -> None:
    first = started(tmp_path, PAGE, STAFF)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port(first[PAGE.address])))
        stranger.listen()
        second = started(tmp_path, PAGE, STAFF)
    assert second[STAFF.address] == first[STAFF.address]
    assert second[PAGE.address] != first[PAGE.address]
    assert started(tmp_path, PAGE, STAFF) == second


def test_a_new_address_never_takes_the_port_that_another_kept(tmp_path: Path) -> None:
    first = started(tmp_path, STAFF)
    both = started(tmp_path, PAGE, STAFF)
    assert both[STAFF.address] == first[STAFF.address] != both[PAGE.address]


@pytest.mark.parametrize(
    "damaged",
    ["", "[]", "{", '{"hall.listen": 80}', '{"hall.listen": true}', '{"hall.listen": "x"}', "\xff", "[" * 100_000],
)
def test_a_damaged_file_of_ports_is_ignored(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "ports.json").write_text(damaged, encoding="latin-1")
    assert read_ports(tmp_path) == {}
    moved = started(tmp_path, PAGE)
    assert json.loads((tmp_path / "ports.json").read_text()) == {"hall.listen": port(moved[PAGE.address])}


def test_the_address_stands_in_a_box_in_both_languages_with_how_to_stop() -> None:
    lines = ready_box("http://127.0.0.1:8080/", Path("var/demo/hall.log")).splitlines()
    text = "\n".join(lines)
    assert len({len(line) for line in lines}) == 1
    assert (lines[0][0], lines[0][-1], lines[-1][0], lines[-1][-1]) == ("┌", "┐", "└", "┘")
    assert text.count("http://") == 1
    for wanted in ("Sảnh mô phỏng đã sẵn sàng", "The virtual hall is ready", "Ctrl-C để dừng", "Ctrl-C stops it"):
        assert wanted in text
    assert text.count("var/demo/hall.log") == 2
    assert starting_line() == "Đang khởi động sảnh mô phỏng… · The virtual hall is starting…"


def test_a_box_is_as_wide_as_its_longest_line() -> None:
    assert box(["ab", "á"]).splitlines() == ["┌──────┐", "│  ab  │", "│  á   │", "└──────┘"]


def test_logs_of_programs_go_into_the_file_and_to_the_terminal_only_when_asked(tmp_path: Path) -> None:
    terminal = io.StringIO()
    quiet, verbose = LogFile(tmp_path / "a.log"), LogFile(tmp_path / "b.log", terminal=terminal)
    for log in (quiet, verbose):
        log.write("   server | ready\n")
        log.write("    kiosk | xin chào\n")
        assert log.path.read_text(encoding="utf-8") == "   server | ready\n    kiosk | xin chào\n"
        assert log.last_lines("kiosk") == ("    kiosk | xin chào",)
        log.close()
    assert terminal.getvalue() == "   server | ready\n    kiosk | xin chào\n"
    assert (quiet.writes_to_terminal, verbose.writes_to_terminal) == (False, True)


def test_a_log_has_a_largest_size_and_that_of_the_previous_run_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "hall.log"
    path.write_text("the run before\n", encoding="utf-8")
    log = LogFile(path, max_bytes=1000)
    assert (tmp_path / "hall.log.1").read_text(encoding="utf-8") == "the run before\n"
    for number in range(400):
        log.write(f"   server | line {number}\n")
    log.close()
    kept = [file for file in tmp_path.iterdir() if file.name.startswith("hall.log")]
    assert sum(file.stat().st_size for file in kept) < 2100
    assert path.read_text(encoding="utf-8").endswith("line 399\n")
