"""The example of docs/dossiers.md, and what the tests of dossiers count."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps

from claims import dossiers
from factdesk.people.accounts import desk_user

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = re.findall(r"```yaml\n(.*?)```", (PROJECT / "docs/dossiers.md").read_text("utf-8"), re.S)[0]
SEED = PROJECT / "seeds/000_9d4745aa6790f757.yaml"

#: another dossier about a document that the example only mentions
OTHER = """
dossier: 1
sources:
  - {key: fernley_council, kind: organization, name: Fernley Town Council}
document: {key: council_budget_memo, kind: memo, title: Memo on the bridge, publisher: fernley_council}
claims:
  - key: planned
    kind: statistic
    statement: The bridge was planned to cost four million.
    attributions: [{key: council, speaker: fernley_council}]
    relations: [{key: said-again, kind: corroborates, other: courier_bridge/cost-up}]
"""


def load(text: str, **options) -> dossiers.Loaded:
    return dossiers.load(dossiers.read(text.encode()), by=options.pop("by", None) or desk_user(), **options)


def holding(*paths: Path) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Marks a test that begins with these record files (or folders of them) on the desk, and nothing else.

    All tests of its module that see the record are marked so: files stay until a test asks for others.
    """
    name = "+".join(path.stem[:9] for path in paths) or "nothing"

    def marked(test: Callable[..., None]) -> Callable[..., None]:
        asked = pytest.mark.parametrize("imported", [paths], indirect=True, ids=[name])
        return pytest.mark.usefixtures("imported")(asked(test))

    return marked


def changed(*pairs: tuple[str, str], text: str = EXAMPLE) -> str:
    """The example with each first text replaced by the second; each must stand there once."""
    for before, after in pairs:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def rows() -> dict[str, int]:
    """How many rows each table of the desk has, histories included."""
    models = [
        model
        for model in apps.get_models()
        if model._meta.app_label in ("sources", "claims") and not hasattr(model, "write_only")
    ]
    return {model._meta.label: model._default_manager.count() for model in models}
