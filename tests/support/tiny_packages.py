"""Small Debian packages, made up for a test."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory


def make_package(
    folder: Path, name: str, version: str = "1.0", depends: str = "", licence: str = "", linked_to: str = ""
) -> Path:
    """Make a package in ``folder``; return its file.

    ``licence``: the text of its copyright file; ``linked_to``: the package whose documents it shares.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}_{version.rpartition(':')[2]}_all.deb"
    with TemporaryDirectory() as temporary:
        tree = Path(temporary)
        documents = tree / "usr/share/doc"
        documents.mkdir(parents=True)
        if linked_to:
            (documents / name).symlink_to(linked_to)
        else:
            (documents / name).mkdir()
            (documents / name / "copyright").write_text(licence, encoding="utf-8")
        lines = [f"Package: {name}", f"Version: {version}", "Architecture: all", "Maintainer: Thử <thu@example.org>"]
        lines += [f"Depends: {depends}"] if depends else []
        (tree / "DEBIAN").mkdir()
        control = "\n".join([*lines, "Description: made up for a test", ""])
        (tree / "DEBIAN/control").write_text(control, encoding="utf-8")
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", temporary, str(file)]
        subprocess.run(command, check=True, capture_output=True)
    return file
