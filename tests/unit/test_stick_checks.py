"""`cai-dat` checks the files of the stick first, and lets apt see nothing else."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.server_process import ROOT
from support.tiny_packages import make_package
from tools.stick.debian import package_index
from tools.stick.sums import sums_of

DAMAGED = 65
APP = """import os, subprocess, sys
print("started", *sys.argv[1:])
print("writes", sys.stdout.encoding, subprocess.run(["locale", "charmap"], capture_output=True, text=True).stdout)
print(open(os.environ["APT_CONFIG"]).read())
status = "Dir::State::status=" + sys.argv[-1]
for command in (["update", "-qq"], ["install", "-y", "--print-uris", "-o", status, "tiny"]):
    print(subprocess.run(["apt-get", *command], capture_output=True, text=True, check=True).stdout)
"""


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return a small stick in a folder with a space, without questions."""
    folder = tmp_path / "USB 1" / "luot-usb"
    app = folder / "luot/packaging/onstick/app.py"
    for path, text in ((app, APP), (folder / "wheels/part.whl", "wheel"), (folder / "tai-lieu/vi/a.html", "page")):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    make_package(folder / "debian", "tiny", depends="tiny-part")
    make_package(folder / "debian", "tiny-part", version="1:2.0")
    (folder / "debian/Packages").write_text(package_index(folder / "debian"), encoding="utf-8")
    shutil.copy(ROOT / "packaging/onstick/cai-dat", folder)
    (folder / "SHA256SUMS").write_text(sums_of(folder, "SHA256SUMS"), encoding="utf-8")
    return folder


def run(stick: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(stick.parent)}
    command = ["sh", str(stick / "cai-dat"), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    assert not list(stick.parent.glob("tmp.*")), "a temporary folder is left"
    return done


def test_a_whole_stick_passes(stick: Path) -> None:
    done = run(stick, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Các tệp đều nguyên vẹn" in done.stdout and "started" not in done.stdout


def test_a_console_with_another_locale_gets_vietnamese_too(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.ISO-8859-1")
    assert "writes utf-8 UTF-8" in run(stick, str(stick.parent / "status")).stdout


def test_files_of_others_beside_ours_do_not_matter(stick: Path) -> None:
    (stick / "System Volume Information").mkdir()
    (stick / "System Volume Information/IndexerVolumeGuid").write_bytes(b"1")
    assert run(stick, "--check").returncode == 0


def damage(stick: Path) -> None:
    (stick / "wheels/part.whl").write_text("whexl", encoding="utf-8")


def remove(stick: Path) -> None:
    (stick / "tai-lieu/vi/a.html").unlink()


def add(stick: Path) -> None:
    (stick / "wheels/other part.whl").write_text("added", encoding="utf-8")


def link(stick: Path) -> None:
    (stick / "luot/other").symlink_to("/etc/hostname")


def cut_sums(stick: Path) -> None:
    lines = (stick / "SHA256SUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    (stick / "SHA256SUMS").write_text("".join(lines[:-1]), encoding="utf-8")


def garble_sums(stick: Path) -> None:
    (stick / "SHA256SUMS").write_text("x" + (stick / "SHA256SUMS").read_text(encoding="utf-8"), encoding="utf-8")


def remove_sums(stick: Path) -> None:
    (stick / "SHA256SUMS").unlink()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (damage, "Tệp bị hỏng: wheels/part.whl"),
        (remove, "Tệp bị thiếu: tai-lieu/vi/a.html"),
        (add, "Tệp lạ, không thuộc bộ cài: wheels/other part.whl"),
        (link, "Tệp lạ, không thuộc bộ cài: luot/other"),
        (cut_sums, "Tệp lạ, không thuộc bộ cài: wheels/part.whl"),
        (garble_sums, "Tệp bị hỏng: SHA256SUMS"),
        (remove_sums, "USB thiếu tệp SHA256SUMS"),
    ],
)
def test_a_harmed_stick_is_refused_with_the_name_of_the_file(stick: Path, harm: object, sentence: str) -> None:
    harm(stick)  # type: ignore[operator]
    done = run(stick)
    assert done.returncode == DAMAGED
    assert sentence in done.stderr
    assert "Máy này chưa bị thay đổi gì." in done.stderr
    assert "started" not in done.stdout


def test_each_of_several_harmed_files_is_named_and_no_other(stick: Path) -> None:
    for harm in (damage, remove, add):
        harm(stick)
    named = [line for line in run(stick).stderr.splitlines() if line.startswith("Tệp ")]
    assert len(named) == 3


def test_apt_sees_the_packages_of_the_stick_and_no_others(stick: Path, tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.touch()
    done = run(stick, "--some", str(status))
    assert done.returncode == 0, done.stderr
    assert f"started --stick {stick} --some" in done.stdout
    listed = re.findall(rf"^'file:{stick}/debian/\./(\S+)'", done.stdout, re.MULTILINE)
    assert sorted(listed) == ["tiny-part_2.0_all.deb", "tiny_1.0_all.deb"]


def test_the_exit_code_of_the_questions_is_the_one_of_the_script(stick: Path) -> None:
    app = stick / "luot/packaging/onstick/app.py"
    app.write_text("raise SystemExit(7)", encoding="utf-8")
    (stick / "SHA256SUMS").write_text(sums_of(stick, "SHA256SUMS"), encoding="utf-8")
    assert run(stick).returncode == 7
