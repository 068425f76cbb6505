from importlib import import_module

from django.apps import AppConfig


class FactdeskConfig(AppConfig):
    """The project's own commands live in an app, so that Django finds them."""

    name = "factdesk"
    verbose_name = "factdesk"

    def ready(self) -> None:
        """What models can be asked everywhere."""
        import_module("factdesk.lookups")
