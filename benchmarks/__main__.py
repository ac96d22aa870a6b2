"""Runs every benchmark in turn and prints its table: `python -m benchmarks`."""

from rich.console import Console

from benchmarks import change_password

#: Every file that measures something.
BENCHMARKS = (change_password,)


def main() -> None:
    """Runs all of them."""
    console = Console()
    for benchmark in BENCHMARKS:
        console.print(benchmark.run())


if __name__ == "__main__":
    main()
