"""Make the folder of a stick from this source, PyPI and Debian."""

import hashlib
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from onsite.machine import InstallError
from onsite.release import release_name, source_files
from tools.stick.command import StickError, output_of
from tools.stick.components import component_list
from tools.stick.debian import fetch_packages, package_index, wanted_packages
from tools.stick.documents import copy_documents
from tools.stick.sums import sums_of

PYTHON_OF_DEBIAN = (3, 11)
SUMS, ENTRY, READ_ME, COMPONENTS = "SHA256SUMS", "cai-dat", "DOC-TRUOC.txt", "thanh-phan.json"
SOURCE, WHEELS, PACKAGES, DOCUMENTS = "luot", "wheels", "debian", "tai-lieu"


@dataclass(frozen=True, slots=True)
class MadeStick:
    """The finished stick. ``wheels``, ``packages``: how many; ``sums_sha256``: of the file of checksums."""

    release: str
    wheels: int
    packages: int
    size_bytes: int
    sums_sha256: str


def make_stick(out: Path, root: Path, mirror: str) -> MadeStick:
    """Make the folder ``out`` from the source ``root``.

    An earlier stick stays whole until the new one is.
    """
    if sys.version_info[:2] != PYTHON_OF_DEBIAN:
        raise StickError("wheels for Debian 12 are fetched by Python 3.11 only; make the stick on Debian 12")
    if out.exists() and any(out.iterdir()) and not (out / SUMS).exists():
        raise StickError(f"{out} is not empty and no stick; name another folder")
    new = out.with_name(f".{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        _fetch(new, root, mirror)
        made = finish_stick(new, root)
        shutil.rmtree(out, ignore_errors=True)
        new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return made


def finish_stick(folder: Path, root: Path) -> MadeStick:
    """Add the parts that come from the source, the lists and the checksums."""
    try:
        release = release_name(root)
    except InstallError as error:
        raise StickError(str(error)) from error
    for path in source_files(root):
        target = folder / SOURCE / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(root / "packaging/onstick" / ENTRY, folder / ENTRY)
    (folder / ENTRY).chmod(0o755)
    copy_documents(root / "docs", folder / DOCUMENTS)
    wheels, packages = folder / WHEELS, folder / PACKAGES
    (packages / "Packages").write_text(package_index(packages), encoding="utf-8")
    licence = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("license", "LICENSE")
    (folder / COMPONENTS).write_text(component_list(release, str(licence), wheels, packages), encoding="utf-8")
    text = (Path(__file__).parent / "doc-truoc.txt").read_text(encoding="utf-8")
    (folder / READ_ME).write_text(text.replace("@RELEASE@", release), encoding="utf-8", newline="\r\n")
    sums = sums_of(folder, SUMS)
    (folder / SUMS).write_text(sums, encoding="utf-8")
    size_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return MadeStick(
        release,
        len(list(wheels.glob("*.whl"))),
        len(list(packages.glob("*.deb"))),
        size_bytes,
        hashlib.sha256(sums.encode()).hexdigest(),
    )


def _fetch(folder: Path, root: Path, mirror: str) -> None:
    """Fetch the locked wheels and Debian's packages."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--require-hashes"]
    wheels = folder / WHEELS
    output_of([*pip, "--only-binary", ":all:", "-r", str(root / "requirements.lock"), "-d", str(wheels)])
    fetch_packages(wanted_packages(), folder / PACKAGES, root / "build/stick", mirror)
