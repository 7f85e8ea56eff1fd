"""The command line of ``luot-hardware``: impossible arguments and settings end with 64 and 78."""

from pathlib import Path

import pytest
from pytest import CaptureFixture

from config.profiles import PrinterProfile
from hardware.installer import app
from hardware.simulated.printers.printer import SimulatedPrinter
from support.installing import closed_address, luot_hardware, printer_address, ready_root, settings_file


def test_a_validation_error_inside_a_command_ends_with_78_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    def invalid(*_: object) -> int:
        PrinterProfile(speed_mm_s=1480)
        return 0

    monkeypatch.setitem(app.COMMANDS, "ports", invalid)
    with pytest.raises(SystemExit) as left:
        app.main(["ports"])
    assert left.value.code == 78
    assert capsys.readouterr().err == (
        "ports: top of the file: speed_mm_s = 1480: Input should be less than or equal to 1000\n"
    )


def test_unusable_settings_end_with_78(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_text('[kisok]\n[kiosk]\nidle_s = "x"\n', encoding="utf-8")
    done = luot_hardware("check", "--config", path)
    assert done.code == 78
    assert "did you mean 'kiosk'?" in done.err and "idle_s" in done.err
    assert luot_hardware("check", "--config", tmp_path / "none.toml").code == 78
    assert luot_hardware("check").code == 64
    assert luot_hardware("chekc").code == 64
    assert luot_hardware("slip", "--paper", 70).code == 64


IMPOSSIBLE_PRINTERS = (
    *("x y:zz", "x y", "", "host:zz", "host:0", "host:99999", "host:٣", "[::1]:9100", "a:b:c", ":9100", "x..y:9100"),
    *("dev/usb/lp0", "foo://bar", "socket://x:y", "socket://:9100", "/tmp", __file__),
)


IMPOSSIBLE_PORTS = ("x y:zz", "ttyUSB0", "", "foo://bar", "rfc2217://x", "/dev")


NO_SECONDS = ("-1", "0", "nan", "inf", "soon")


NO_ANSWERS = ("foo", "foo=1", "pages=99", "pages=-1", "qr=maybe", "dots=17", "letters=", "pages=1,")


IMPOSSIBLE = (
    *((["probe", text], "printer’s address") for text in IMPOSSIBLE_PRINTERS),
    *((["slip", "--printer", text], "printer’s address") for text in IMPOSSIBLE_PRINTERS),
    *((["keys", text], "name of a port") for text in IMPOSSIBLE_PORTS),
    *(
        (["ports", "--network", text], "address of the network")
        for text in ("x y", "", "host:zz", "/dev/usb/lp0", "::1")
    ),
    *(
        ([name, "--baud", text], "no speed")
        for name in ("probe", "slip", "keys")
        for text in ("0", "-5", "9601k", "1e9")
    ),
    *((["keys", "--seconds", text], "no number of seconds") for text in NO_SECONDS),
    *((["sign", "--pace", text], "no number of seconds") for text in NO_SECONDS),
    *((["probe", "--answers", text], "answers no question") for text in NO_ANSWERS),
    *(([name, "--out", text], "file to write") for name in ("probe", "slip") for text in ("", "/tmp", "/none/x")),
    *(([name, "--root", "/none"], "is no folder") for name in app.COMMANDS),
    *(([name, "--language", "fr"], "invalid choice: 'fr'") for name in app.COMMANDS),
    *(([name, "--config"], "expected one argument") for name in app.COMMANDS),
)


@pytest.mark.parametrize(("arguments", "message"), IMPOSSIBLE, ids=lambda value: " ".join(value))
def test_an_impossible_argument_is_wrong_use_and_reported_once(
    arguments: list[str], message: str, capsys: CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main([arguments[0], *(["--language", "en"] if "fr" not in arguments else []), *arguments[1:]])
    assert ended.value.code == 64
    *usage, error = capsys.readouterr().err.splitlines()
    assert message in error
    assert error.startswith(f"luot-hardware {arguments[0]}: argument ") and "".join(usage).count("luot-hardware") == 1


def test_an_impossible_address_in_the_settings_is_a_mistake_of_theirs(tmp_path: Path) -> None:
    path = settings_file(tmp_path, '[kiosk]\n[kiosk.printer]\nkind = "network"\naddress = "x y:zz"\n')
    for name in ("probe", "slip"):
        done = luot_hardware(name, "--config", path)
        assert done.code == 78, done
        assert "'x y:zz' is not host:port" in done.err and "Traceback" not in done.err


def test_ports_tries_the_named_hosts_for_a_network_printer(simulated_printer: SimulatedPrinter, tmp_path: Path) -> None:
    done = luot_hardware(
        "ports", "--root", ready_root(tmp_path), "--network", printer_address(simulated_printer), closed_address()
    )
    assert f"Máy in mạng: {printer_address(simulated_printer)}" in done.out
    assert done.out.count("Máy in mạng") == 1
