"""The files that are installed: what the ``.in`` files ask for, each file of a package by its hash, from anywhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("requirements", "requirements-dev")


def asked_for(name: str) -> dict[str, str]:
    """Return the versions that the ``.in`` file pins, by normalized name."""
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines if line[:1] not in ("#", "-", "")]
    pairs = [line.split("==") for line in wanted]
    return {re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", package).lower()): version for package, version in pairs}


def blocks(name: str) -> dict[str, tuple[str, str]]:
    """Return version and hashes of each package that the ``.txt`` file names."""
    text = (ROOT / f"{name}.txt").read_text()
    return {
        package: (version, rest)
        for package, version, rest in re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)(.*(?:\n +.*)*)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_for_is_what_is_installed(name: str) -> None:
    installed = {package: version for package, (version, _) in blocks(name).items()}

    assert asked_for(name).items() <= installed.items()


@pytest.mark.parametrize("name", NAMES)
def test_every_package_has_hashes_and_no_address(name: str) -> None:
    assert len(blocks(name)) > len(asked_for(name))
    assert [package for package, (_, hashes) in blocks(name).items() if "--hash=sha256:" not in hashes] == []
    assert "://" not in (ROOT / f"{name}.txt").read_text()


def test_development_has_the_versions_of_production() -> None:
    production, development = blocks("requirements"), blocks("requirements-dev")

    assert {package: development[package][0] for package in production} == {
        package: version for package, (version, _) in production.items()
    }
