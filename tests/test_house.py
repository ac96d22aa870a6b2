"""The rules of the house that no tool knows; docs/house.md gives them in words."""

import importlib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("credentials", "delivery", "resolvers", "schema", "server", "store")
MOST_LINES = {"tests": 350} | dict.fromkeys((*PACKAGES, "benchmarks"), 200)
# What is made here and not written, and version control's own.
MADE = re.compile(
    r"(^|/)(\.git|\.venv|\.peers|var|node_modules|vendor|__pycache__|htmlcov|\.\w+_cache|\.hypothesis)/"
)
TEXTS = {".py", ".md", ".toml", ".lock", ".graphql", ".html", ".js", ".css", ".txt", ".mako"}
NAMED = {"Makefile", "LICENSE", ".gitignore", "run"}
# Written apart, so that this file is not one that names them.
FORBIDDEN = ("pypi" + ".org", "python" + "hosted.org", "npmjs" + ".", "--index" + "-url", ".." + "/shared")
REQUIREMENT = re.compile(r"([a-z0-9-]+)(?:>=([0-9.]+))?(?:;.*)?")
DEPENDENCY_ROW = re.compile(r"\| ([a-z0-9-]+) \| (any|[0-9.]+)(?: ◆)? \| \S.* \|")
MUTED = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma: no (?:cover|branch))(?P<rest>.*)")
CODES = re.compile(r"^(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|\[[a-z, -]+\])?[\s#-]*")


def sources(package: str) -> list[Path]:
    """Gives the Python files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def texts() -> Iterator[Path]:
    """Gives every text file of the project."""
    for file in sorted(ROOT.rglob("*")):
        if (
            (file.suffix in TEXTS or file.name in NAMED)
            and file.is_file()
            and not MADE.search(file.relative_to(ROOT).as_posix())
        ):
            yield file


def test_files_are_short() -> None:
    """A source has at most 200 lines, a test 350: what is longer is about two things."""
    lengths = {
        file.relative_to(ROOT).as_posix(): len(file.read_text().splitlines())
        for package, most in MOST_LINES.items()
        for file in sources(package)
        if len(file.read_text().splitlines()) > most
    }
    assert not lengths


def test_every_use_case_has_its_test_file() -> None:
    """`resolvers/verb_noun.py` is tested in `tests/test_verb_noun.py`."""
    wanted = {f"test_{file.stem}.py" for file in sources("resolvers") if file.stem != "__init__"}
    assert not wanted - {file.name for file in sources("tests")}


# Not schema: its fields are tested by the use cases that they open, its guards by the matrix of who may what.
@pytest.mark.parametrize("package", ["credentials", "delivery", "server", "store"])
def test_every_module_has_a_test_file(package: str) -> None:
    """A module, or a folder of them, is tested in a file of its name, or of the words it begins with."""
    folder = ROOT / package
    modules = {
        file.relative_to(folder).parts[0].removesuffix(".py")
        for file in sources(package)
        if file not in (folder / "__init__.py", folder / "__main__.py")
    }
    tests = {file.stem for file in sources("tests")}
    missing = {module for module in modules if not _names_for(package, module) & tests}
    assert not missing


def _names_for(package: str, module: str) -> set[str]:
    words = module.split("_")
    beginnings = {"_".join(words[:count]) for count in range(1, len(words) + 1)}
    return {f"test_{name}" for name in beginnings} | {f"test_{package}_{name}" for name in beginnings}


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_this_repositorys(package: str) -> None:
    """`import schema` and its kind find this repository, not a package of the same name elsewhere."""
    found = importlib.import_module(package).__file__
    assert found
    assert Path(found).resolve() == ROOT / package / "__init__.py"


def test_every_exception_gives_its_reason() -> None:
    """Where a rule is switched off for a line, the line names the rule and says why."""
    silent = [
        f"{file.relative_to(ROOT)}:{number}"
        for package in (*PACKAGES, "tests", "benchmarks")
        for file in sources(package)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if (muted := MUTED.search(line)) and not CODES.sub("", muted["rest"])
    ]
    assert not silent


def test_no_text_names_a_registry_or_another_folder() -> None:
    """Packages come from wherever the machine is set to look; nothing reaches outside the repository."""
    named = {
        f"{file.relative_to(ROOT)}: {word}"
        for file in texts()
        for word in FORBIDDEN
        if word in file.read_text(encoding="utf-8")
    }
    assert not named


def test_the_documents_and_the_makefile_agree() -> None:
    """Every target is named in README or docs, and every `make …` there is a target."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):[^=\n]*## \S", makefile, flags=re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert targets == set(phony.split())
    documents = "\n".join(file.read_text() for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    named = set(re.findall(r"(?:`|^|&& |=\S+ )make ([a-z]+)", documents, flags=re.MULTILINE))
    assert named == targets


@pytest.mark.parametrize(("given", "report"), [((), "report"), (("ARGS=-k name",), "report --fail-under=0")])
def test_a_part_of_the_tests_may_miss_the_coverage(given: tuple[str, ...], report: str) -> None:
    """`make test` ends with the report that fails below 100 %; with ARGS it shows the same and passes.

    Planted: one report for both; seen to fail.
    """
    # A make that runs the tests would hand its own ARGS down.
    path = {"PATH": os.environ["PATH"]}
    said = subprocess.check_output(["make", "-n", "test", *given], cwd=ROOT, env=path, text=True)
    assert said.splitlines()[-1] == f".venv/bin/coverage {report}"


def test_the_changelog_keeps_its_form() -> None:
    """CHANGELOG.md begins with what is not released yet, and its sections are those of Keep a Changelog."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[(.*?)\]", text, flags=re.MULTILINE)[0] == "Unreleased"
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE)) <= kinds


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md has each direct dependency with its floor and a reason, and no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    direct = project["project"]["dependencies"] + groups["install"] + groups["dev"]
    wanted = {found[1]: found[2] or "any" for found in map(REQUIREMENT.match, direct) if found}
    rows = map(DEPENDENCY_ROW.fullmatch, (ROOT / "docs/dependencies.md").read_text().splitlines())
    assert {row[1]: row[2] for row in rows if row} == wanted


@pytest.mark.parametrize(
    ("lock", "groups"), [("requirements.lock", ["install"]), ("requirements-dev.lock", ["install", "dev"])]
)
def test_every_dependency_is_pinned_with_hashes(lock: str, groups: list[str]) -> None:
    """Each lock pins what pyproject.toml names, one version each, every one with hashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    direct = project["project"]["dependencies"] + [
        each for name in groups for each in project["dependency-groups"][name]
    ]
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    pinned = [entry.partition("==")[0] for entry in entries]
    assert {found[1] for found in map(REQUIREMENT.match, direct) if found} <= set(pinned)
    assert len(pinned) == len(set(pinned))
    assert all("--hash=sha256:" in entry for entry in entries)
