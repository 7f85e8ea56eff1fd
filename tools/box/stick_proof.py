"""The promises of the stick, on a bare Debian 12 that has no network."""

import re
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.box.bare import ANSWERS, MAX_MINUTES, MAX_QUESTIONS, STICK, make_bare_machine, questions_in
from tools.box.browser import Browser
from tools.box.checks import ALL_UNITS, expect, retried_s, setup_code
from tools.box.container import BrokenPromise, Container
from tools.box.image import ROOT, call, report
from tools.stick.command import StickError
from tools.stick.debian import DEBIAN_MIRROR
from tools.stick.stick import SUMS, make_stick
from tools.stick.sums import sums_of

PAGES = "http://127.0.0.1:8469"
SAME_ANSWERS = {"purpose": "hall", "screen": "x11", "printer": "usb", "network": "yes", "ssh": "yes"}
DAMAGED, NEXT = "/mnt/hong", "/mnt/usb-2"
NEXT_VERSION = "9.0.0"


def prove_stick(folder: Path) -> None:
    """Prove the stick in ``folder``. A Debian, a stick and Xvfb in it are used again."""
    sticks = _make_sticks(folder)
    box = Container(folder, "bare-box", 2, sticks, networked=False)
    try:
        make_bare_machine(folder, box)
        box.boot()
        _has_no_network(box)
        _refuse_damaged(box)
        _install(box)
        _install_again(box)
        _upgrade(box)
        box.close()
        make_bare_machine(folder, box)
        box.boot()
        _go_on(box)
    finally:
        box.close()


# --- the parts of the proof


def _make_sticks(folder: Path) -> dict[Path, str]:
    """Make a whole, a damaged and a later stick.

    Returns where the machine sees them.
    """
    stick, damaged, following = folder / "stick", folder / "stick-damaged", folder / "stick-next"
    if not stick.exists():
        report("making the stick")
        try:
            make_stick(stick, ROOT, DEBIAN_MIRROR)
        except StickError as error:
            raise BrokenPromise(str(error)) from error
    for copy in (damaged, following):
        shutil.rmtree(copy, ignore_errors=True)
        call("cp", "-a", "--reflink=auto", str(stick), str(copy))
    wheel = _damaged_wheel(damaged)
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.write_bytes(content)
    project = following / "luot/pyproject.toml"
    text = re.sub(r'^version = ".*"', f'version = "{NEXT_VERSION}"', project.read_text(encoding="utf-8"), flags=re.M)
    project.write_text(text, encoding="utf-8")
    (following / SUMS).write_text(sums_of(following, SUMS), encoding="utf-8")
    return {stick: STICK, damaged: DAMAGED, following: NEXT}


def _damaged_wheel(stick: Path) -> Path:
    return min((stick / "wheels").glob("*.whl"))


def _has_no_network(box: Container) -> None:
    lines = box.run("cat", "/proc/net/dev").splitlines()[2:]
    interfaces = [line.partition(":")[0].strip() for line in lines]
    expect("the machine has its loopback only", "host0" not in interfaces and "lo" in interfaces, interfaces)
    report(f"a bare Debian 12 has started; its network: {', '.join(interfaces)}")


def _refuse_damaged(box: Container) -> None:
    before = box.run("dpkg-query", "-W")
    output = box.refuses("sh", f"{DAMAGED}/cai-dat")
    name = f"wheels/{_damaged_wheel(box.folder / 'stick-damaged').name}"
    expect("the damaged file is named", f"Tệp bị hỏng: {name}" in output, output)
    unchanged = box.run("dpkg-query", "-W") == before and not (box.root / "opt/luot").exists()
    expect("nothing is changed", unchanged and not (box.root / "etc/luot").exists(), output)
    report(f"a stick with one changed bit: {output.strip().splitlines()[-2]}")


def _install(box: Container) -> None:
    """Let somebody answer, and find the set-up's page."""
    sources = _apt_state(box)
    began = time.monotonic()
    output = box.run("sh", f"{STICK}/cai-dat", typed=ANSWERS)
    elapsed_s = time.monotonic() - began
    questions = questions_in(output)
    expect(f"at most {MAX_QUESTIONS} questions", 0 < questions <= MAX_QUESTIONS, output)
    expect(f"at most {MAX_MINUTES} minutes", elapsed_s <= MAX_MINUTES * 60, f"{elapsed_s:.0f} s")
    expect("everything runs", box.active(*ALL_UNITS), output)
    expect("the end names the page", f"{PAGES}/setup" in output and "set-up code" in output, output)
    expect("the machine's own sources are as before", _apt_state(box) == sources)
    expect("no temporary file is left", not list((box.root / "tmp").glob("tmp.*")))
    browser = Browser(PAGES, box.connect)
    retried_s(box, "the set-up's page answers", lambda: browser.open("/").path == "/setup")
    browser.send("/setup/code", code=setup_code(box))
    expect("the set-up code is accepted", "/setup/person" in browser.page.forms, browser.page.text)
    report(f"installed from the stick in {elapsed_s / 60:.1f} min with {questions} questions; the set-up page answers")
    print(output, file=sys.stderr, flush=True)


def _install_again(box: Container) -> None:
    output = box.run("sh", f"{STICK}/cai-dat")
    repeated = [line for line in output.splitlines() if line.startswith(("building", "write", "link", "Câu"))]
    expect("nothing is asked, built or written twice", not repeated, output)
    report("run again: nothing asked, built or written")


def _upgrade(box: Container) -> None:
    began = time.monotonic()
    output = box.run("sh", f"{NEXT}/cai-dat", typed="\n")
    expect("one question", questions_in(output) == 1, output)
    status = box.run("luot-site", "status")
    expect("the later release runs", f"release {NEXT_VERSION}" in status and box.active(*ALL_UNITS), status)
    report(f"upgraded from a later stick in {time.monotonic() - began:.0f} s with one question")


def _go_on(box: Container) -> None:
    """Cut the power during the packages and during the build; then go on."""
    options = [part for name, answer in SAME_ANSWERS.items() for part in (f"--{name}", answer)]
    _cut_power_when(box, "packages are installed", lambda: (box.root / "usr/sbin/mosquitto").exists(), *options)
    is_building = partial(_has_release, box.root)
    _cut_power_when(box, "the release is built", is_building, "--go-on", "yes")
    output = box.run("sh", f"{STICK}/cai-dat", typed="\n")
    expect("one question", questions_in(output) == 1, output)
    expect("everything runs", box.active(*ALL_UNITS), output)
    browser = Browser(PAGES, box.connect)
    retried_s(box, "the set-up's page answers", lambda: browser.open("/").path == "/setup")
    report("after two power cuts: went on with one question; the set-up page answers")


def _cut_power_when(box: Container, description: str, condition: Callable[[], object], *options: str) -> None:
    command = box.start_command("sh", f"{STICK}/cai-dat", *options)
    box.wait_until(description, condition)
    expect(f"the power is cut while {description}", command.poll() is None)
    box.cut_power()
    command.wait()
    box.boot()


def _has_release(root: Path) -> bool:
    return any((root / "opt/luot").glob("*/venv/bin/pip"))


def _apt_state(box: Container) -> dict[str, bytes]:
    """Return the machine's own sources and lists of packages."""
    folders = ("etc/apt", "var/lib/apt/lists")
    paths = (path for folder in folders for path in (box.root / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(box.root)): path.read_bytes() for path in paths}
