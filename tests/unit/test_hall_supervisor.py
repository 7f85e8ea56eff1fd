"""The settings of a running hall, its addresses, and its programs."""

import argparse
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.load import ConfigError, load_settings
from config.settings import Settings
from server.hall.app import _prepare_settings
from server.hall.supervisor.addresses import listen_addresses, refuse_taken, reserve
from server.hall.supervisor.programs import programs
from server.hall.supervisor.running_settings import lock_folder, settings_of_this_run, write_settings

DEMO = Path(__file__).parents[2] / "config/demo/hall.toml"


def running_settings(tmp_path: Path) -> tuple[Settings, dict[str, str]]:
    with ExitStack() as held:
        settings = load_settings(DEMO)
        moved = reserve(listen_addresses(settings), held)
        return settings_of_this_run(
            settings, home=DEMO.parent.resolve(), state=tmp_path, new_addresses=moved, token="of this run"
        ), moved


def test_free_ports_replace_every_address_wherever_it_is_named(tmp_path: Path) -> None:
    before = load_settings(DEMO)
    after, moved = running_settings(tmp_path)
    assert before.server is not None and after.server is not None and after.kiosk is not None
    assert len(set(moved.values())) == len(moved) == len(list(listen_addresses(before)))
    text = after.model_dump_json()
    assert not any(old in text for old in moved if old not in moved.values())
    assert after.link.server == f"http://{after.server.listen}"
    assert after.server.visitor_url == f"http://{after.server.visitors}"
    assert after.simulated is not None and after.simulated.printer is not None
    assert after.kiosk.printer.address == after.simulated.printer.listen


def test_a_running_hall_keeps_its_own_files_under_its_state_folder(tmp_path: Path) -> None:
    after, _ = running_settings(tmp_path)
    assert after.machine.state == tmp_path
    assert after.machine.pace == tmp_path / "pace.json"
    assert after.simulated is not None and after.counter is not None
    for simulated, desk in zip(after.simulated.desks, after.counter.desks, strict=True):
        for plugged in ("sign", "keypad", "scanner", "pad"):
            path = getattr(simulated, plugged)
            assert ("" if path is None else str(path)) == getattr(desk, plugged).port
            assert path is None or path.is_relative_to(tmp_path)


def test_the_file_of_the_children_holds_the_settings_that_the_hall_uses(tmp_path: Path) -> None:
    after, _ = running_settings(tmp_path)
    write_settings(after, tmp_path / "hall.toml")
    assert load_settings(tmp_path / "hall.toml") == after


def test_a_reserved_port_goes_to_our_own_child_and_to_no_program_that_asks_for_any(tmp_path: Path) -> None:
    with ExitStack() as held:
        moved = reserve(iter(list(listen_addresses(load_settings(DEMO)))[:1]), held)
        host, _, port = next(iter(moved.values())).rpartition(":")
        with socket.socket() as child:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            child.bind((host, int(port)))
            child.listen()
        with ExitStack() as strangers:
            taken = set()
            for _ in range(200):
                stranger = strangers.enter_context(socket.socket())
                stranger.bind((host, 0))
                taken.add(stranger.getsockname()[1])
            assert int(port) not in taken


def test_an_address_that_another_program_listens_on_is_named_with_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        settings = Settings.model_validate({"hall": {"listen": address}, "broker": {"kind": "external"}})
        with pytest.raises(ConfigError, match=rf"hall.listen = {address}: .*--ports auto"):
            refuse_taken(listen_addresses(settings))


def test_the_addresses_of_a_hall_on_a_network_are_all_named(tmp_path: Path) -> None:
    demo = load_settings(DEMO).model_dump(mode="json", by_alias=True, exclude_none=True)
    demo["server"] |= {"mode": "live", "listen": "0.0.0.0:8470", "local": "127.0.0.1:8469"}
    demo["broker"] |= {"kind": "mosquitto", "network": "0.0.0.0:8883"}
    named = {listening.setting: listening.address for listening in listen_addresses(Settings.model_validate(demo))}
    assert named["server.local"] == "127.0.0.1:8469"
    assert named["broker.network"] == "0.0.0.0:8883"


@pytest.mark.parametrize("listen", ["0.0.0.0:8470", "127.0.0.1:8470"])
def test_free_loopback_ports_are_refused_to_a_hall_on_a_network(tmp_path: Path, listen: str) -> None:
    config = tmp_path / "hall.toml"
    text = DEMO.read_text(encoding="utf-8").replace('mode = "demo"', 'mode = "live"', 1)
    office = str(DEMO.parent / "office.toml")
    text = text.replace('"office.toml"', f'"{office}"').replace('listen = "127.0.0.1:8470"', f'listen = "{listen}"')
    config.write_text(text, encoding="utf-8")
    args = argparse.Namespace(config=config, ports="auto", state=tmp_path / "state", speed=None, morning=False)
    with ExitStack() as held:
        if listen.startswith("127."):
            assert _prepare_settings(load_settings(config), args, held).server is not None
        else:
            with pytest.raises(ConfigError, match="for a hall on loopback"):
                _prepare_settings(load_settings(config), args, held)


def test_a_second_hall_in_the_same_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with ExitStack() as first:
        lock_folder(tmp_path / "state", first)
        with ExitStack() as second, pytest.raises(ConfigError, match=r"another hall runs in this folder.*--state"):
            lock_folder(tmp_path / "state", second)
    with ExitStack() as third:
        lock_folder(tmp_path / "state", third)


def test_the_stations_need_the_devices_and_the_server() -> None:
    by_name = {program.name: program for program in programs(load_settings(DEMO), Path("hall.toml"))}
    assert list(by_name) == ["simulated", "server", "kiosk", "counter", "display"]
    assert by_name["server"].needs == ()
    assert by_name["kiosk"].needs == by_name["display"].needs == ("simulated", "server")
    assert by_name["kiosk"].command[1:] == ("-m", "kiosk.app", "--config", "hall.toml")
