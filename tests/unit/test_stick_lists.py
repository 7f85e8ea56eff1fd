"""The lists of a stick: index of packages, components, checksums, and the guides as pages."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from onsite.release import release_name
from onsite.roles import BASE, PACKAGES
from support.server_process import ROOT
from support.tiny_packages import make_package
from tools.stick.command import StickError
from tools.stick.components import component_list, package_licence
from tools.stick.debian import package_index, wanted_packages
from tools.stick.documents import copy_documents
from tools.stick.stick import finish_stick, make_stick


def make_wheel(folder: Path, name: str, *headers: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-1.2-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            f"{name}-1.2.dist-info/METADATA", "\n".join([f"Name: {name}", "Version: 1.2", *headers, "", ""])
        )
    return file


def test_the_index_has_each_package_with_its_place_size_and_hash_in_order(tmp_path: Path) -> None:
    second, first = (
        make_package(tmp_path, "b-part", version="1:2.0"),
        make_package(tmp_path, "a-part", depends="b-part"),
    )
    entries = package_index(tmp_path).split("\n\n")
    assert [entry.splitlines()[0] for entry in entries] == ["Package: a-part", "Package: b-part"]
    for entry, file in zip(entries, (first, second), strict=True):
        lines = entry.splitlines()
        assert f"Filename: ./{file.name}" in lines
        assert f"Size: {file.stat().st_size}" in lines
        assert f"SHA256: {hashlib.sha256(file.read_bytes()).hexdigest()}" in lines
    assert "Depends: b-part" in entries[0] and "Version: 1:2.0" in entries[1]


def test_the_packages_of_every_role_are_wanted() -> None:
    wanted = set(wanted_packages())
    assert {*BASE, "mosquitto", "openssh-server", "xserver-xorg-core", "libgbm1", "alsa-utils"} <= wanted
    assert {name for names in PACKAGES.values() for name in names} <= wanted


def test_the_components_have_version_licence_and_hash(tmp_path: Path) -> None:
    wheels, packages = tmp_path / "wheels", tmp_path / "debian"
    files = [
        make_wheel(wheels, "Alpha", "License-Expression: BSD-3-Clause"),
        make_wheel(wheels, "beta", "Classifier: License :: OSI Approved :: MIT License", "License: long text"),
        make_package(packages, "gamma", licence="Format: x\n\nFiles: *\nLicense: GPL-2+\n\nFiles: b\nLicense: Expat\n"),
        make_package(packages, "gamma-data", linked_to="gamma"),
    ]
    content = json.loads(component_list("0.1-abc", "MIT", wheels, packages))
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.5")
    assert content["metadata"]["component"]["version"] == "0.1-abc"
    rows = [(row["name"], row["version"], row["licenses"][0]["license"]["name"]) for row in content["components"]]
    assert rows == [
        ("Alpha", "1.2", "BSD-3-Clause"),
        ("beta", "1.2", "MIT License"),
        ("gamma-data", "1.0", "Expat AND GPL-2+"),
        ("gamma", "1.0", "Expat AND GPL-2+"),
    ]
    hashes = {row["hashes"][0]["content"] for row in content["components"]}
    assert hashes == {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert content["components"][0]["purl"] == "pkg:pypi/alpha@1.2"


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("see /usr/share/common-licenses/GPL-2.", "GPL-2"),
        ("Permission is hereby granted, free of charge,\nto any person obtaining a copy of this", "MIT"),
        ("", "see /usr/share/doc/part/copyright"),
    ],
)
def test_the_licence_of_a_package_comes_from_its_copyright_file(text: str, licence: str) -> None:
    assert package_licence("part", text) == licence


def test_the_guides_are_pages_whose_links_and_pictures_exist(tmp_path: Path) -> None:
    pages = copy_documents(ROOT / "docs", tmp_path)
    assert {"OPERATIONS.html", "vi/lan-dau.html", "vi/quan-tri.html"} <= set(pages)
    for name in pages:
        text = (tmp_path / name).read_text(encoding="utf-8")
        targets = [part.partition('"')[0] for mark in ('href="', 'src="') for part in text.split(mark)[1:]]
        for target in targets:
            path, _, anchor = target.partition("#")
            assert path or f'id="{anchor}"' in text, (name, target)
            assert not path or "://" in path or ((tmp_path / name).parent / path).exists(), (name, target)
    assert "☐" in (tmp_path / "vi/lan-dau.html").read_text(encoding="utf-8")


def test_a_finished_stick_has_the_release_of_this_source_and_whole_checksums(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "alpha")
    make_package(tmp_path / "debian", "gamma")
    made = finish_stick(tmp_path, ROOT)
    assert made.release == release_name(ROOT) == release_name(tmp_path / "luot")
    assert (made.wheels, made.packages) == (1, 1)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert checked.returncode == 0
    listed = {line[66:] for line in (tmp_path / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"} and listed <= there
    assert made.release in (tmp_path / "DOC-TRUOC.txt").read_text(encoding="utf-8")


def test_a_folder_that_is_no_stick_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StickError, match="no stick"):
        make_stick(tmp_path, ROOT, "http://127.0.0.1:9")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
