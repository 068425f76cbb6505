"""The yardstick beside ours: the plain ModelViewSet of :mod:`bench.plain`, by the same client, in the same run."""

import sys
from statistics import median

from bench import place
from bench.client import Crowd
from bench.measures import Scene, detail, listing, some
from bench.place import Desk
from bench.table import Result, beside

COMMAND = (
    *("-m", "gunicorn", "--workers", "2", "--threads", "4", "--worker-class", "gthread", "--keep-alive", "15"),
    *("--log-level", "warning", "--bind", "127.0.0.1:{port}", "bench.plain.wsgi:application"),
)
PLAIN = "/claims/?state=signed_off&kind=event"


class Plain(Desk):
    """The same desk, for programs with the yardstick's settings."""

    def environ(self, database: str | None = None) -> dict[str, str]:
        """As the product is told, but for the settings."""
        return {**super().environ(database), "DJANGO_SETTINGS_MODULE": "bench.plain.settings"}


def of_yardstick(scene: Scene) -> list[Result]:
    """Requests a second of the plain view, and ours as its limit, in turn."""
    desk = Plain(scene.desk.server, scene.desk.scale, scene.desk.home)
    claims = some(scene)
    asked = {
        "plain DRF: the same list, 1 connection": (1, [PLAIN], [listing()]),
        "plain DRF: the same list, 8 connections": (8, [PLAIN], [listing()]),
        "plain DRF: a claim, 1 connection": (1, [f"/claims/{n}/" for n in claims], [detail(n) for n in claims]),
    }
    found = []
    with place.serving(desk, sys.executable, *COMMAND) as served:
        for what, (many, theirs, ours) in asked.items():
            plain, product = Crowd(served.port, None, many), scene.crowd(many)
            pairs = [
                (plain.rate(theirs, scene.seconds), product.rate(ours, scene.seconds)) for _ in range(scene.rounds)
            ]
            plain.close()
            product.close()
            theirs_rate, ours_rate = median(one for one, _ in pairs), median(other for _, other in pairs)
            found.append(beside(what, theirs_rate, "requests/s (limit: ours)", ours_rate))
    return found
