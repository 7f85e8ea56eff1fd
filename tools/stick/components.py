"""The list of components of a stick, in the form of CycloneDX 1.5."""

import hashlib
import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from email.policy import compat32
from pathlib import Path
from typing import IO, Any

from tools.stick.command import StickError, output_of

Component = Mapping[str, Any]

MAX_NAME_CHARACTERS = 80
_DEP5_LICENCE = re.compile(r"^License: *(\S.*)$", re.MULTILINE)
_COMMON_LICENCE = re.compile(r"/usr/share/common-licenses/([\w+-]+(?:\.\d+)*)")
_LICENCE_TEXTS = {
    "Permission is hereby granted, free of charge, to any person obtaining a copy": "MIT",
    "Permission to use, copy, modify, distribute, and sell this software": "HPND-sell-variant",
    "Permission to use, copy, modify, and distribute this software": "HPND",
}
"""Beginnings of licences -> their names."""


def component_list(release: str, licence: str, wheels: Path, packages: Path) -> str:
    """Return the list as JSON. It has no date, so that the same stick has the same bytes."""
    components = [wheel_component(wheel) for wheel in sorted(wheels.glob("*.whl"))]
    components += [package_component(package) for package in sorted(packages.glob("*.deb"))]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "luot", "version": release, "licenses": _licences(licence)}
        },
        "components": components,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def wheel_component(wheel: Path) -> Component:
    """Return the row of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser(policy=compat32).parsestr(archive.read(name).decode("utf-8"))
    classifiers = [
        line.rpartition("::")[2].strip() for line in metadata.get_all("Classifier", []) if "License ::" in line
    ]
    first_line = metadata.get("License", "").strip().partition("\n")[0][:MAX_NAME_CHARACTERS]
    licence = metadata.get("License-Expression") or " AND ".join(classifiers) or first_line or "see the wheel"
    return _component(wheel, metadata["Name"], metadata["Version"], licence, f"pkg:pypi/{metadata['Name'].lower()}")


def package_component(package: Path) -> Component:
    """Return the row of a Debian package."""
    fields = output_of(["dpkg-deb", "--show", "--showformat=${Package}\n${Version}\n", str(package)])
    name, version = fields.splitlines()
    licence = package_licence(name, _copyright(package, name))
    return _component(package, name, version, licence, f"pkg:deb/debian/{name}")


def package_licence(name: str, copyright_text: str) -> str:
    """Return the licences that a Debian copyright file names, or where that file is."""
    licences = set(_DEP5_LICENCE.findall(copyright_text)) or set(_COMMON_LICENCE.findall(copyright_text))
    if not licences:  # an old file: the licence stands there as its text
        words = " ".join(copyright_text.split())
        licences = {licence for beginning, licence in _LICENCE_TEXTS.items() if beginning in words}
    return " AND ".join(sorted(licence.strip() for licence in licences)) or f"see /usr/share/doc/{name}/copyright"


def _component(file: Path, name: str, version: str, licence: str, purl: str) -> Component:
    return {
        "type": "library",
        "name": name,
        "version": version,
        "licenses": _licences(licence),
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}],
        "purl": f"{purl}@{version}",
        "properties": [{"name": "luot:file", "value": f"{file.parent.name}/{file.name}"}],
    }


def _licences(name: str) -> list[Mapping[str, Mapping[str, str]]]:
    return [{"license": {"name": name}}]


def _copyright(package: Path, name: str) -> str:
    """Return a package's copyright file; its folder may link to another package."""
    folder = f"./usr/share/doc/{name}"
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text, other = _read_copyright(process.stdout, folder)
        while process.stdout.read(1 << 20):
            pass  # a closed pipe would be a failure of dpkg-deb
    if process.returncode != 0:
        raise StickError(f"{package.name} cannot be read")
    linked = next(iter(sorted(package.parent.glob(f"{other}_*.deb"))), None) if other and other != name else None
    return text if linked is None else _copyright(linked, other)


def _read_copyright(stream: IO[bytes], folder: str) -> tuple[str, str]:
    """Return the text of the copyright file, and the package that ``folder`` links to."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if member.name in (folder, f"{folder}/copyright") and member.issym():
                target = member.linkname.removesuffix("/copyright")
                return "", target.rpartition("/")[2]
            if member.name == f"{folder}/copyright" and (content := archive.extractfile(member)) is not None:
                return content.read().decode("utf-8", "replace"), ""
    return "", ""
