"""The import contracts: a new module fails them until it has a layer."""

import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
LINTER = PROJECT["importlinter"]
PACKAGES: Sequence[str] = LINTER["root_packages"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# Every exception of these contracts must match an import.
IMPORTS = {
    "kiosk/app.py": "import server.wire.topics\n",
    "counter/app.py": "import server.wire.topics\n",
    "display/app.py": "import server.wire.topics, server.display_content.texts\n",
    "server/hall/app.py": "import server.wire.topics, server.processes.child\n",
}


def exhaustive() -> list[Mapping[str, Any]]:
    return [contract for contract in LINTER["contracts"] if contract.get("exhaustive")]


def copy_modules(folder: Path) -> None:
    """Write every module of the packages without its contents, and the contracts."""
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            path = folder / module.relative_to(ROOT)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(IMPORTS.get(str(module.relative_to(ROOT)), ""), encoding="utf-8")


def lint(folder: Path, contracts: Sequence[str]) -> tuple[int, str]:
    """Return exit code and output of import-linter for these contracts."""
    options = [word for contract in contracts for word in ("--contract", contract)]
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", *options], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_module_without_a_layer_fails_the_contract_of_its_package(tmp_path: Path) -> None:
    copy_modules(tmp_path)
    contracts = [contract["id"] for contract in exhaustive()]
    code, output = lint(tmp_path, contracts)
    assert code == 0, output
    containers = [container for contract in exhaustive() for container in contract["containers"]]
    for container in containers:
        (tmp_path / container.replace(".", "/") / "new_module.py").touch()
    code, output = lint(tmp_path, contracts)
    assert code == 1, output
    for container in containers:
        assert f"- {container}.new_module" in output
    assert {"kiosk", "counter", "display", "hardware", "server", "config"} <= set(containers)


def test_a_new_module_of_the_server_is_closed_to_stations_and_hall(tmp_path: Path) -> None:
    copy_modules(tmp_path)
    contracts = ["stations-wire", "hall-control-ports"]
    code, output = lint(tmp_path, contracts)
    assert code == 0, output
    (tmp_path / "server/new_module.py").touch()
    importers = ("kiosk/loop.py", "counter/loop.py", "display/loop.py", "server/hall/demo/player.py")
    for importer in importers:
        (tmp_path / importer).write_text("import server.new_module\n", encoding="utf-8")
    code, output = lint(tmp_path, contracts)
    assert code == 1, output
    for importer in ("kiosk", "counter", "display", "server.hall"):
        assert f"{importer} is not allowed to import server.new_module" in output


def test_every_package_of_ours_is_under_contract() -> None:
    (layers,) = (contract["layers"] for contract in LINTER["contracts"] if contract.get("id") == "packages")
    under_contract = {package.strip() for layer in layers for package in layer.split(":")}
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tools", "tests"}
    assert set(PACKAGES) == under_contract == folders == set(PROJECT["hatch"]["build"]["targets"]["wheel"]["packages"])
