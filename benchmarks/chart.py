"""One picture of what docs/figures holds: an SVG, made a PNG by Chromium (`python -m benchmarks.chart`)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from benchmarks.figures import FOLDER, read
from tests.browser import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

PNG = FOLDER / "performance.png"
#: Pixels; twice as many are drawn, for screens that have them.
WIDTH, BAR, GAP, LEFT, RIGHT, HEAD = 960, 24, 8, 200, 250, 64
#: The picture's own title, above the panels.
TITLE_HEIGHT = 48
TITLE = "Rekey, and what others publish, on the same machine"
#: Two colours that every kind of colour vision tells apart, also by their lightness, after Okabe and Ito
#: (Color Universal Design, 2008).
OURS, OTHERS, INK = "#0072b2", "#d9a441", "#222222"
OUR_NAMES = ("Rekey", "signIn", "changePassword")
#: Seconds for Chromium.
PATIENCE = 60


class Bar(NamedTuple):
    """One bar: what it is of, how long it is, and what stands at its end."""

    name: str
    value: float
    label: str

    @property
    def colour(self) -> str:
        """Rekey's differs from everybody else's."""
        return OURS if self.name in OUR_NAMES else OTHERS


class Panel(NamedTuple):
    """Bars that are compared with each other."""

    title: str
    note: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        """In pixels."""
        return HEAD + len(self.bars) * (BAR + GAP) + 2 * GAP


def panels() -> list[Panel]:
    """What the picture shows, from the numbers that were kept last."""
    return [_sign_ins(read("sign_in")), _calm(read("calm")), _reads(read("me"))]


def _sign_ins(numbers: dict[str, Any]) -> Panel:
    alone = _figure(numbers, "argon2-cffi alone")
    bars = [
        Bar(
            row["name"],
            row["figure"] / alone,
            f"{row['figure'] / alone:.2f} times ({row['figure']:.0f} a second)",
        )
        for row in numbers["rows"]
    ]
    note = "as multiples of argon2-cffi's hasher alone on all cores, equal parameters; a change is two hashes"
    return Panel("Sign-ins and changes of password a second: longer is better", note, bars)


def _calm(numbers: dict[str, Any]) -> Panel:
    busy = {
        name.removesuffix(": busy"): row
        for row in numbers["rows"]
        if (name := row["name"]).endswith(": busy")
    }
    ours = busy["Rekey"]["figure"]
    bars = [
        Bar(name, row["figure"], _seconds(row["figure"]) + _to_ours(row["figure"] / ours, 0))
        for name, row in busy.items()
    ]
    note = "what 99 of 100 reads of one's own account are not slower than, on open connections"
    return Panel("A cheap read while 64 sign-ins are in flight: shorter is better", note, bars)


def _reads(numbers: dict[str, Any]) -> Panel:
    ours = _figure(numbers, "Rekey")
    bars = [
        Bar(row["name"], row["figure"], f"{row['figure']:,.0f}" + _to_ours(row["figure"] / ours, 2))
        for row in numbers["rows"]
    ]
    note = "of one's own account, 32 clients, one process each; graphql-yoga checks and reads nothing"
    return Panel("Reads a second: longer is better", note, bars)


def _to_ours(ratio: float, places: int) -> str:
    return "" if ratio == 1 else f" ({ratio:,.{places}f} times Rekey's)"


def _figure(numbers: dict[str, Any], name: str) -> float:
    (found,) = (float(row["figure"]) for row in numbers["rows"] if row["name"] == name)
    return found


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def svg(shown: Sequence[Panel], below: str) -> str:
    """The picture; `below` stands at its foot."""
    parts, top = [_text(GAP * 2, 34, TITLE, "bold 22px")], TITLE_HEIGHT
    for panel in shown:
        parts.append(_text(GAP * 2, top + 28, panel.title, "bold 17px"))
        parts.append(_text(GAP * 2, top + 48, panel.note, "13px"))
        longest = max(bar.value for bar in panel.bars)
        for number, bar in enumerate(panel.bars):
            y = top + HEAD + number * (BAR + GAP)
            width = max(2.0, bar.value / longest * (WIDTH - LEFT - RIGHT))
            middle = y + BAR - 7
            parts.append(_text(LEFT - GAP, middle, bar.name, "14px", "end"))
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{bar.colour}"/>')
            parts.append(_text(LEFT + width + GAP, middle, bar.label, "14px"))
        top += panel.height
    parts.append(_text(GAP * 2, top + 16, below, "12px"))
    size = f'width="{WIDTH}" height="{_height(shown)}"'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paper}{"".join(parts)}</svg>'


def _height(shown: Sequence[Panel]) -> int:
    return TITLE_HEIGHT + sum(panel.height for panel in shown) + 32


def _text(x: float, y: float, text: str, font: str, anchor: str = "start") -> str:
    style = f"font: {font} 'DejaVu Sans', sans-serif"
    return (
        f'<text x="{x:.1f}" y="{y}" fill="{INK}" text-anchor="{anchor}" style="{style}">{escape(text)}</text>'
    )


def draw(target: Path = PNG) -> None:
    """Draws the picture."""
    shown = panels()
    machine = read("sign_in")["machine"]
    below = (
        f"Medians of rounds; SQLite, loopback, {machine['cores']} cores; Argon2id, 46 MiB, one pass; "
        f"Rekey's is {machine['argon2']}; {machine['month']}"
    )
    with TemporaryDirectory() as folder:
        page = Path(folder) / "chart.html"
        page.write_text(f'<body style="margin:0">{svg(shown, below)}</body>')
        size = f"--window-size={WIDTH},{_height(shown)}"
        options = (*FLAGS, f"--user-data-dir={folder}/profile", "--force-device-scale-factor=2", size)
        command = [str(CHROMIUM), *options, f"--screenshot={target}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


if __name__ == "__main__":
    draw()
