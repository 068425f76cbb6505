"""What a desk of ten times as many claims costs: the same requests on both, in turn."""

from statistics import median

from bench.measures import CLAIMS, LONG_CHAIN, Scene, detail, listing, searches
from bench.table import Result, result
from bench.writing import CARRIED, carried


def of_growth(small: Scene, large: Scene) -> list[Result]:
    """Medians of the large desk's times over the small one's."""
    asked = {
        "list": ([listing()], [listing()]),
        "detail": ([detail(each) for each in range(11, 41)], [detail(each) for each in range(11, 41)]),
        "provenance": ([f"{CLAIMS}{LONG_CHAIN}/provenance/"], [f"{CLAIMS}{LONG_CHAIN}/provenance/"]),
        "search": (_words(small), _words(large)),
    }
    found = []
    for what, (here, there) in asked.items():
        small.times(here)
        large.times(there)
        pairs = [
            (median(small.times(here)), median(large.times(there)))
            for _ in range(max(4 * large.rounds // len(here), 3))
        ]
        before, after = median(one for one, _ in pairs), median(other for _, other in pairs)
        found.append(result("growth", what, after / before, before * 1000))
    many = min(small.desk.scale // 10, CARRIED)
    before, after = carried(small.desk, many)["ours"], carried(large.desk, many)["ours"]
    return [*found, result("growth", "import, per row", after / before, before)]


def _words(scene: Scene) -> list[str]:
    return [f"{CLAIMS}?q={word}&limit=50" for word in searches(scene)["a word in 6 % of claims"]]
