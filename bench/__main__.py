"""``script/bench``: makes its desk once for a scale, measures each line of the table, ends with 1 below a floor."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import growing, making, place, table, writing, yardstick
from bench.measures import MEASURES as READING
from bench.measures import Scene
from bench.place import HOME, Desk, Server
from factdesk import env
from factdesk.pgprograms import say

MEASURES = {
    **READING,
    "by source": writing.of_by_source,
    "import": writing.of_import,
    "write": writing.of_write,
    "changes": writing.of_changes,
    "size": writing.of_size,
    "start": writing.of_start,
    "yardstick": yardstick.of_yardstick,
}
#: reading comes before what writes
ORDER = (*table.IDS, "yardstick")


def main(arguments: list[str]) -> int:
    """Run what was asked for: 0 where every floor is met."""
    asked = _parser().parse_args(arguments)
    wanted = [each for each in ORDER if not asked.only or each in asked.only]
    began = time.monotonic()
    scales = [asked.scale] + ([asked.scale // 10] if "growth" in wanted else [])
    with place.server(here=asked.here, careless=True) as server:
        for scale in scales:
            _make(_desk(server, asked, scale))
    with place.server(here=asked.here) as server:
        results = _measured({scale: _desk(server, asked, scale) for scale in scales}, asked, wanted)
    machine = table.machine() | {"seconds": round(time.monotonic() - began, 1)}
    sys.stdout.write(table.shown(results))
    sys.stdout.write(f"\n{asked.scale:,} claims; {machine}\n")
    if asked.json:
        table.write(asked.json, asked.scale, results, machine)
    return 0 if all(each.ok for each in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--scale", type=_scale, default=100_000, metavar="N", help="claims (preset: 100,000)")
    parser.add_argument("--only", nargs="+", choices=ORDER, metavar="ID", help=f"of: {', '.join(ORDER)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument(
        "--here", action="store_true", help="on the PostgreSQL that DATABASE_URL names, beside its data"
    )
    parser.add_argument(
        "--quick", action="store_true", help="each line once and briefly: for its shape, not its figures"
    )
    return parser


def _home(asked: argparse.Namespace) -> Path:
    return env.load().home / "bench" if asked.here else HOME


def _scale(given: str) -> int:
    if not given.isdecimal() or not 100 <= int(given) <= 10_000_000:
        raise argparse.ArgumentTypeError("a whole number from 100 to 10,000,000")
    return int(given)


def _measured(desks: dict[int, Desk], asked: argparse.Namespace, wanted: list[str]) -> list[table.Result]:
    results: list[table.Result] = []
    with ExitStack() as stack:
        scene = stack.enter_context(_scene(desks[asked.scale], quick=asked.quick))
        for each in wanted:
            began = time.monotonic()
            if each == "growth":
                with _scene(desks[asked.scale // 10], quick=asked.quick) as small:
                    found = growing.of_growth(small, scene)
            else:
                found = MEASURES[each](scene)
            results += found
            for one in found:
                say(f"bench: {one.id}: {one.what}: {one.value} {one.unit} (beside {one.limit}; {load()})")
            say(f"bench: {each} took {time.monotonic() - began:.1f} s")
    return results


def load() -> str:
    """How busy the machine is, in words."""
    return f"load {os.getloadavg()[0]:.1f}"


def _desk(server: Server, asked: argparse.Namespace, scale: int) -> Desk:
    return Desk(server, scale, _home(asked) / str(scale))


def _make(desk: Desk) -> None:
    took = making.ensure(desk)
    if took is not None:
        say(f"bench: {desk.scale:,} claims made in {took:.0f} s")


@contextmanager
def _scene(desk: Desk, *, quick: bool) -> Iterator[Scene]:
    with place.serving(desk) as served:
        scene = Scene(desk, served, rounds=2, seconds=1) if quick else Scene(desk, served)
        yield scene
        scene.one.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
