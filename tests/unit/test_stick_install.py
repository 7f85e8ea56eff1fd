"""Runs of the stick on a scratch root: install, go on, upgrade."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from onsite import app as installer
from onsite import change_log, release
from onsite.machine import Machine
from onsite.paths import InstallPaths
from onstick import app
from onstick.first_install import closing_lines
from support.server_process import ROOT

VERSION = 'version = "9.9.9"'
HALL = ["1", "", "", "", ""]


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a stick without wheels and packages."""
    folder = tmp_path_factory.mktemp("stick")
    for path in release.source_files(ROOT):
        target = folder / "luot" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


@pytest.fixture
def root(tmp_path: Path, stick: Path) -> Path:
    """Return a scratch root in which the stick's release is whole already."""
    folder = tmp_path / "root"
    name = release.release_name(stick / "luot")
    made = folder / "opt/luot" / name
    shutil.copytree(stick / "luot/packaging", made / "packaging")
    (made / release.COMPLETE_MARKER).write_text(name, encoding="utf-8")
    return folder


class Runs:
    """Stands in for the installer's process: calls it, or fails as often as ``failures`` says."""

    def __init__(self, failures: int = 0) -> None:
        self.commands: list[Sequence[str]] = []
        self._failures = failures

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(command)
        self._failures -= 1
        if self._failures >= 0:
            return 1
        return 0 if command[2] == "start" else installer.main(command[2:])

    @property
    def verbs(self) -> list[str]:
        return [command[2] for command in self.commands]


def lines(*typed: str) -> Callable[[], str]:
    rest: Iterator[str] = iter(f"{line}\n" for line in typed)
    return lambda: next(rest, "")


def run(stick: Path, root: Path, runs: Runs, *typed: str, options: Sequence[str] = ()) -> int:
    return app.main(["--stick", str(stick), "--root", str(root), *options], lines(*typed), runs)


def settings(root: Path) -> str:
    return (root / "etc/luot/hall.toml").read_text(encoding="utf-8")


def files(root: Path) -> list[str]:
    return sorted(str(path) for path in root.rglob("*"))


def record(root: Path) -> change_log.Record:
    stored = change_log.read_record(Machine(InstallPaths(root), False, False, ["true"], print))
    assert stored is not None
    return stored


def test_the_answers_become_options_of_the_installer(
    stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs()
    assert run(stick, root, runs, *HALL) == 0
    assert runs.verbs == ["install", "start"]
    command = " ".join(runs.commands[0])
    assert command.startswith(
        f"sh {stick}/luot/packaging/install install --role all-in-one --session x11 --example hall-one"
    )
    assert f"--wheels {stick}/wheels" in command
    assert (record(root).role, record(root).session) == ("all-in-one", "x11")
    assert 'listen = "0.0.0.0:8470"' in settings(root)
    output = capsys.readouterr().out
    assert "http://127.0.0.1:8469/setup" in output and "Mã thiết lập ở trên màn hình ki-ốt" in output
    assert not (root / "opt/luot/cai-dat.json").exists()


def test_a_graphics_card_is_found_out(stick: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "dev/dri").mkdir(parents=True)
    (root / "dev/dri/card0").touch()
    assert run(stick, root, Runs(), "1", "", "", "") == 0
    output = capsys.readouterr().out
    assert "Câu 4." in output and "Câu 5." not in output


def test_a_script_answers_by_options(stick: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--purpose", "kiosk", "--screen", "none", "--printer", "10.0.0.7", "--number", "3", "--server", "auto"]
    assert run(stick, root, Runs(), options=options) == 0
    output = capsys.readouterr().out
    assert "Câu" not in output and "Mã đăng ký (8 chữ số)" in output
    assert 'address = "10.0.0.7:9100"' in settings(root) and 'label = "3"' in settings(root)


def test_a_wrong_option_is_refused_and_changes_nothing(
    stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(root)
    assert run(stick, root, Runs(), options=["--printer", "lpt1"]) == app.USAGE
    assert "--printer lpt1" in capsys.readouterr().err
    assert files(root) == before


def test_a_dry_run_changes_nothing(stick: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, runs = files(root), Runs()
    assert run(stick, root, runs, *HALL, options=["--dry-run"]) == 0
    assert files(root) == before
    assert runs.verbs == ["install"] and "--dry-run" in runs.commands[0]
    assert "would write /etc/luot/hall.toml" in capsys.readouterr().out


def test_an_input_that_ends_changes_nothing(stick: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(root)
    assert run(stick, root, Runs(), "1", "") == app.REFUSED
    assert files(root) == before
    assert "Máy này chưa bị thay đổi gì." in capsys.readouterr().err


def test_an_installation_that_failed_goes_on_with_the_same_answers(
    stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stick, root, Runs(failures=1), *HALL[:-1], "2") == 1
    first = settings(root)
    stored = json.loads((root / "opt/luot/cai-dat.json").read_text(encoding="utf-8"))
    assert stored["purpose"] == "hall" and stored["ssh"] == "no"
    capsys.readouterr()
    assert run(stick, root, Runs(), "") == 0
    output = capsys.readouterr().out
    assert "Làm tiếp" in output and "Câu 2." not in output
    assert settings(root) == first


def test_other_answers_after_a_failure_replace_our_settings_but_not_edited_ones(stick: Path, root: Path) -> None:
    run(stick, root, Runs(failures=1), *HALL)
    assert run(stick, root, Runs(failures=1), "2", "3", "2", "2") == 1
    assert "[kiosk]" not in settings(root) and "127.0.0.1:8470" in settings(root)
    (root / "etc/luot/hall.toml").write_text(settings(root) + "# edited\n", encoding="utf-8")
    run(stick, root, Runs(failures=1), "2", *HALL)
    assert settings(root).endswith("# edited\n") and "[kiosk]" not in settings(root)


def test_a_machine_that_does_not_start_keeps_its_answers(stick: Path, root: Path) -> None:
    runs = Runs()
    assert (
        app.main(
            ["--stick", str(stick), "--root", str(root)], lines(*HALL), lambda command: run_but_start(runs, command)
        )
        == 1
    )
    assert (root / "opt/luot/cai-dat.json").exists()
    again = Runs()
    assert run(stick, root, again, "") == 0
    assert again.verbs == ["install", "start"]


def run_but_start(runs: Runs, command: Sequence[str]) -> int:
    return 1 if command[2] == "start" else runs(command)


def test_an_installed_machine_is_asked_nothing_and_changed_nowhere(
    stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(stick, root, Runs(), *HALL)
    before, first = files(root), settings(root)
    capsys.readouterr()
    runs = Runs()
    assert run(stick, root, runs) == 0
    assert runs.verbs == ["install", "start"] and "x11" in runs.commands[0]
    assert (files(root), settings(root)) == (before, first)
    assert "Câu" not in capsys.readouterr().out


@pytest.mark.parametrize(("typed", "verbs"), [("", ["upgrade"]), ("2", [])])
def test_an_older_release_is_upgraded_when_that_is_wanted(
    typed: str, verbs: list[str], stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend_release(root, "0.0.1-aaaaaaaa")
    runs = Runs(failures=1)
    assert run(stick, root, runs, typed) == len(verbs)
    assert runs.verbs == verbs
    assert "0.0.1-aaaaaaaa" in capsys.readouterr().out


def test_a_stick_that_is_older_than_the_release_proposes_to_keep_it(
    stick: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend_release(root, "99.0.0-aaaaaaaa")
    runs = Runs()
    assert run(stick, root, runs, "") == 0
    assert runs.verbs == [] and "CŨ HƠN" in capsys.readouterr().out


def test_a_change_of_release_that_is_under_way_goes_on_without_a_question(stick: Path, root: Path) -> None:
    pretend_release(root, "0.0.1-aaaaaaaa")
    change = {"before": "0.0.1-aaaaaaaa", "after": "x", "stage": "switch", "within_s": 1.0, "calm_s": 1.0}
    (root / "opt/luot/change.json").write_text(json.dumps(change), encoding="utf-8")
    runs = Runs(failures=1)
    assert run(stick, root, runs) == 1
    assert runs.verbs == ["upgrade"]


def pretend_release(root: Path, name: str) -> None:
    content = {"role": "server", "session": "none", "release": name}
    (root / "opt/luot/site.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(("kiosk", "named"), [("[kiosk.screen]\n", True), ("[kiosk.screen]\nfitted = false\n", False)])
def test_the_end_names_the_kiosk_only_where_one_shows_the_code(kiosk: str, named: bool, tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(f'[server]\nlisten = "127.0.0.1:8470"\n{kiosk}', encoding="utf-8")
    text = "\n".join(closing_lines(file, "an", "10.0.0.2"))
    assert ("ki-ốt" in text) == named
    assert "http://127.0.0.1:8470/setup" in text and "ssh -L 8470:127.0.0.1:8470 an@10.0.0.2" in text
