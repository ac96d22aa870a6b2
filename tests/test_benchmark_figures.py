"""What the benchmarks keep of their figures, and the peers that they are compared with."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from benchmarks import __main__, chart, documenting, figures, installing, peer
from benchmarks.change_password import Unexpected
from benchmarks.common import Measure, Took, rates
from benchmarks.peer_services import ALLAUTH

if TYPE_CHECKING:
    from benchmarks.figures import Figures

EXACT = re.compile(r"[A-Za-z0-9._-]+==[0-9][0-9.]*|\"[a-z-]+\": \"[0-9]+\.[0-9]+\.[0-9]+\"")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of this test alone, for figures and for packages."""
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    monkeypatch.setattr(documenting, "FOLDER", tmp_path)
    monkeypatch.setattr(documenting, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(installing, "FOLDER", tmp_path / "packages")
    monkeypatch.setattr(installing, "LISTS", tmp_path)
    return tmp_path


def figures_of(**seconds: float) -> Figures:
    """One round of measures of these names, the last of which is the yardstick."""
    measures = [Measure(name, iter([Took(each, 0.01)]).__next__, 1) for name, each in seconds.items()]
    for each in measures:
        each.run()
    return rates("title", measures, measures[-1:], ["A note."])


def test_rates_are_as_many_times_the_yardsticks_as_they_are_faster() -> None:
    """What takes half of the time is done twice as often.

    Planted: the ratio of the times; seen to fail.
    """
    (fast, slow) = figures_of(fast=0.1, slow=0.2).numbers["rows"]
    assert (fast["figure"], slow["figure"]) == (10, 5)
    assert fast["ratios"] == {"÷ slow": 2}
    assert fast["client"] == pytest.approx(0.1)


def test_kept_figures_are_read_again_with_their_machine(kept: Path) -> None:
    """The JSON holds what the table shows, and what machine and versions it is of."""
    made = figures_of(fast=0.1, slow=0.2)
    figures.write("some", made)
    read = figures.read("some")
    assert (kept / "some.json").exists()
    assert read.items() >= made.numbers.items()
    assert read["machine"]["cores"]
    assert read["machine"]["argon2"] in ("the published wheel", "a build for this processor")


def test_the_page_is_filled_in_with_what_was_kept(kept: Path) -> None:
    """A place for figures gets the table; one whose figures were not kept stays as it is."""
    figures.write("some", figures_of(fast=0.1, slow=0.2))
    places = "{0} some -->\nold\n{1}\ntext\n{0} other -->\nold\n{1}\n"
    page = kept / "page.md"
    page.write_text(places.format("<!-- figures:", "<!-- end -->"))
    documenting.document()
    filled = page.read_text()
    assert "| fast | 10 | 10 to 10 | 2 |" in filled
    assert "A note." in filled
    assert filled.count("old") == 1


def test_a_benchmark_that_fails_does_not_take_the_others_with_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those after it run and are kept; the end names it.

    Planted: its error is not caught; seen to fail.
    """

    def fail() -> Figures:
        raise Unexpected(kept)

    found = {name: ModuleType(name) for name in ("benchmarks.bad", "benchmarks.good")}
    found["benchmarks.bad"].__dict__["run"] = fail
    found["benchmarks.good"].__dict__["run"] = lambda: figures_of(some=1)
    monkeypatch.setattr(__main__, "BENCHMARKS", tuple(found.values()))
    monkeypatch.setattr(__main__, "lists", list)
    (kept / "page.md").write_text("no places")
    with pytest.raises(SystemExit, match=r"^No figures of benchmarks\.bad:"):
        __main__.main()
    assert (kept / "good.json").exists()


def test_the_picture_has_a_bar_for_every_service_and_its_figure(kept: Path) -> None:
    """Each row that is compared has its bar, its name and its ratio in the picture."""
    figures.write("sign_in", figures_of(**{"signIn": 0.02, "argon2-cffi alone": 0.04}))
    figures.write("calm", figures_of(**{"Rekey: busy": 1 / 6, "Rekey: idle": 1, "Directus: busy": 1 / 6000}))
    figures.write("me", figures_of(Rekey=0.001, Directus=0.004))
    drawn = chart.svg(chart.panels(), "below")
    assert drawn.count("<rect") == 1 + 2 + 2 + 2
    for text in ("2.00 times (50 a second)", "6.0 s (1,000 times Rekey", "250 (0.25 times Rekey", "below"):
        assert text in drawn
    assert (kept / "me.json").exists()


def test_every_list_of_packages_names_exact_versions() -> None:
    """What Rekey is compared with is the same tomorrow."""
    for name in __main__.lists():
        listed = installing.list_of(name)
        versions = [
            line for line in listed.read_text().splitlines() if "==" in line or "dependencies" in line
        ]
        assert versions
        assert all(EXACT.search(line) for line in versions), listed


def test_the_page_names_what_rekey_is_compared_with() -> None:
    """docs/performance.md gives the version of each peer that is installed."""
    page = PAGE.read_text()
    wanted = {
        "argon2": "argon2-cffi",
        "fastapi-users": "fastapi-users",
        "allauth": "django-allauth",
        "directus": "directus",
        "yoga": "graphql-yoga",
    }
    for name, package in wanted.items():
        listed = installing.list_of(name)
        found = re.search(rf'^.*\b{package}(?:==|": ")([0-9.]+)', listed.read_text(), re.MULTILINE)
        assert found
        assert f"{package} {found[1]}" in page


def test_packages_that_cannot_be_installed_are_told_and_not_tried_again(kept: Path) -> None:
    """The reason is the installer's last line; the next run says it at once.

    Planted: the failure is not noted; seen to fail.
    """
    said = list[str]()
    assert "not installed" in str(installing.missing("none"))
    (kept / "none.txt").write_text("./no-such-folder\n")
    installing.install("none", said.append)
    assert len(said) == 2
    assert "no-such-folder" in str(installing.missing("none"))
    installing.install("none", said.append)
    assert len(said) == 2
    (kept / "none.txt").write_text("# another list\n")
    installing.install("none", said.append)
    assert installing.missing("none") is None
    assert "is installed" in said[-1]


def test_a_peer_that_is_missing_is_named_with_the_reason(kept: Path) -> None:
    """A benchmark goes on without it, and says so in one line."""
    opened, notes = peer.open_peers(ExitStack(), [ALLAUTH], kept, alone=True)
    assert not opened
    assert notes == ["django-allauth is left out: not installed; make bench installs it."]
