"""The rooms of the house and the arrows between them (docs: CONTRIBUTING, "How the house is built").

A module that is on no line fails; so does an import that goes against an arrow, a circle, a file or function
that is too long, and what hides an arrow: an import in a function, a star import, a signal receiver, work in `save`.
"""

import ast
import re
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Room -> the modules that live in it. An app's door (`claims.models`) belongs to the room that it opens.
ROOMS = {
    "roots": [
        "factdesk",
        "factdesk.apps",
        "factdesk.settings",
        "factdesk.urls",
        "factdesk.wsgi",
        "factdesk.api",
        "factdesk.backup",
        "factdesk.restore",
        "factdesk.serving",
        "factdesk.firstrun",
        "factdesk.children",
        "factdesk.upkeep",
        "factdesk.web",
        "factdesk.health",
        "factdesk.management",
        "factdesk.management.*",
        "manage",
    ],
    "claims ways in": [
        "claims",
        "claims.apps",
        "claims.desk",
        "claims.desk.*",
        "claims.admin",
        "claims.admin.*",
        "claims.api",
        "claims.api.*",
        "claims.tasks",
        "claims.templatetags",
        "claims.templatetags.*",
        "claims.management",
        "claims.management.*",
    ],
    "claims work": [
        "claims.chains",
        "claims.claimreview",
        "claims.claimreview.*",
        "claims.demo",
        "claims.demo.*",
        "claims.dossiers",
        "claims.dossiers.*",
        "claims.heldup",
        "claims.folders",
        "claims.importing",
        "claims.importing.*",
        "claims.linework",
        "claims.linkeddata",
        "claims.provo",
        "claims.webannotation",
        "claims.inprint",
        "claims.notices",
        "claims.pages",
        "claims.picture",
        "claims.picture.*",
        "claims.queue",
        "claims.reportmails",
        "claims.reports",
        "claims.savedfilters",
        "claims.sheet",
        "claims.versions",
        "claims.today",
        "claims.undoing",
        "claims.wording",
    ],
    "claims rules": [
        "claims.copydesk",
        "claims.coverage",
        "claims.editing",
        "claims.impact",
        "claims.findings",
        "claims.lines",
        "claims.matching",
        "claims.origins",
        "claims.pieces",
        "claims.premarking",
        "claims.presence",
        "claims.reply",
        "claims.rulings",
        "claims.usages",
        "claims.workflow",
    ],
    # Plain data in, plain data out: nothing here asks the database.
    "claims reckoning": ["claims.numbers", "claims.numbers.*", "claims.differences", "claims.differences.*"],
    "claims locking": ["claims.locking"],
    "claims tables": ["claims.vocabularies", "claims.transitions", "claims.labels", "claims.reportcolumns",
                      "claims.reported", "claims.reported.*"],
    "claims models": ["claims.models", "claims.models.*"],
    "sources ways in": ["sources", "sources.apps", "sources.api", "sources.api.*", "sources.management",
                        "sources.management.*"],
    "sources work": ["sources.attaching", "sources.blanking", "sources.capture", "sources.editing", "sources.laying",
                     "sources.marking", "sources.merging", "sources.pasting"],
    "sources rules": ["sources.anchoring", "sources.identity", "sources.placing", "sources.sentences",
                      "sources.versions"],
    "sources models": ["sources.models", "sources.models.*"],
    "leaves": [
        "factdesk.people",
        "factdesk.people.*",
        "factdesk.changes",
        "factdesk.changes.*",
        "factdesk.acts",
        "factdesk.archive",
        "factdesk.change",
        "factdesk.choosing",
        "factdesk.columns",
        "factdesk.constraints",
        "factdesk.context",
        "factdesk.copyout",
        "factdesk.database",
        "factdesk.differences",
        "factdesk.doing",
        "factdesk.embedded",
        "factdesk.env",
        "factdesk.errors",
        "factdesk.freetext",
        "factdesk.headers",
        "factdesk.history",
        "factdesk.interrupts",
        "factdesk.jobs",
        "factdesk.labelled",
        "factdesk.lifeline",
        "factdesk.logs",
        "factdesk.lookups",
        "factdesk.outbound",
        "factdesk.places",
        "factdesk.pgclients",
        "factdesk.pgprograms",
        "factdesk.reading",
        "factdesk.records",
        "factdesk.request",
        "factdesk.rest",
        "factdesk.rest.*",
        "factdesk.safecsv",
        "factdesk.search",
        "factdesk.tally",
        "factdesk.tasks",
        "factdesk.visibility",
        "factdesk.webhooks",
        "factdesk.webhooks.*",
        "factdesk.working",
        "factdesk.xlsxout",
    ],
}  # fmt: skip

# Room -> the rooms that it may import from, besides itself. Rules do not import each other sideways.
ARROWS = {
    "roots": {"claims ways in", "sources ways in", "claims work", "leaves"},
    "claims ways in": {"claims work", "claims rules", "claims reckoning", "claims tables", "claims models",
                       "sources ways in", "sources work", "sources rules", "sources models", "leaves"},
    "claims work": {"claims rules", "claims locking", "claims reckoning", "claims tables", "claims models",
                    "sources work", "sources rules", "sources models", "leaves"},
    "claims rules": {"claims locking", "claims reckoning", "claims tables", "claims models", "sources rules",
                     "sources models", "leaves"},
    "claims reckoning": {"claims tables"},
    "claims locking": {"claims models", "leaves"},
    "claims models": {"claims tables", "sources models", "leaves"},
    "claims tables": set(),
    "sources ways in": {"sources work", "sources rules", "sources models", "leaves"},
    "sources work": {"sources rules", "sources models", "leaves"},
    "sources rules": {"sources models", "leaves"},
    "sources models": {"leaves"},
    "leaves": set(),
}  # fmt: skip

SIDEWAYS_FORBIDDEN = {"claims rules", "sources rules"}


def modules() -> dict[str, Path]:
    """Every module of the project but migrations and tests, by its dotted name."""
    found = {}
    for path in [
        *ROOT.glob("*.py"),
        *(p for app in ("factdesk", "sources", "claims") for p in ROOT.glob(f"{app}/**/*.py")),
    ]:
        relative = path.relative_to(ROOT).with_suffix("")
        if "migrations" not in relative.parts:
            found[".".join(relative.parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def rooms_of(module: str) -> list[str]:
    return [room for room, patterns in ROOMS.items() if any(fnmatch(module, pattern) for pattern in patterns)]


def imports(module: str) -> set[str]:
    """The project's own modules that ``module`` imports."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else node.module
                for alias in node.names
            }
    return {name for name in found if name in MODULES} - {module}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_lives_in_one_room(module):
    assert len(rooms_of(module)) == 1, f"{module} is in {rooms_of(module) or 'no room'}: say in ROOMS where it lives"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_follow_the_arrows(module):
    [room] = rooms_of(module)
    for other in imports(module):
        [target] = rooms_of(other)
        same = target == room and room not in SIDEWAYS_FORBIDDEN
        assert same or target in ARROWS[room], f"{module} ({room}) imports {other} ({target})"


def test_nothing_imports_in_a_circle():
    graph = {module: imports(module) for module in MODULES}
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        for other in graph[module]:
            walk(other, [*path, module])
        done.add(module)

    for module in sorted(MODULES):
        walk(module, [])


def test_there_is_no_room_without_a_module_in_it():
    empty = {
        pattern
        for patterns in ROOMS.values()
        for pattern in patterns
        if not any(fnmatch(module, pattern) for module in MODULES)
    }
    assert empty == set()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_hides_an_arrow(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert inner == [], f"{module}:{inner}: import inside a function"
            assert node.name not in ("ready",), f"{module}:{node.lineno}: work in ready()"
            overridden = node.name == "save" and node.args.args and node.args.args[0].arg == "self"
            assert not overridden, f"{module}:{node.lineno}: work in save()"
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), f"{module}:{node.lineno}: star import"
            assert node.module != "django.dispatch", f"{module}:{node.lineno}: a signal receiver"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_files_and_functions_stay_short(module):
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{module} has {lines} lines: do two things live in it?"
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{module}.{node.name} has {length} lines"


#: what opens a way out to other machines -> who may use it; `serving` asks the desk itself, on loopback
DOORS_OUT = {
    "requests": {"factdesk.outbound"},
    "requests_hardened": {"factdesk.outbound"},
    "urllib3": {"factdesk.outbound"},
    "urllib.request": set(),
    "httpx": set(),
    "aiohttp": set(),
    "http.client": {"factdesk.serving"},
}


def test_one_door_leads_out():
    """Whatever asks another machine goes through `factdesk.outbound`, which judges where it leads."""
    for module, tree in TREES.items():
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        for door, open_to in DOORS_OUT.items():
            used = [name for name in named if name == door or name.startswith(f"{door}.")]
            assert not used or module in open_to, f"{module} imports {used}: ask through factdesk.outbound"


def test_the_words_that_the_house_does_not_use_name_nothing():
    """STYLE.md §3: *status* names nothing, and no drawers."""
    for module, tree in TREES.items():
        assert not re.search(r"(^|\.)(utils?|helpers?|core|common|services?|managers?)(\.|$)", module), module
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign | ast.Assign):
                targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
                names = [t.id for t in targets if isinstance(t, ast.Name)]
                assert "status" not in [n for n in names if module.startswith(("claims.models", "sources.models"))]


def test_the_apps_import_in_one_direction_only():
    order = ["factdesk.people", "sources", "claims"]
    for lower, upper in pairwise(order):
        for module in MODULES:
            if module == lower or module.startswith(f"{lower}."):
                assert not [m for m in imports(module) if m == upper or m.startswith(f"{upper}.")], module
