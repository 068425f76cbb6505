from django.apps import AppConfig


class FactdeskConfig(AppConfig):
    """The project's own commands live in an app, so that Django finds them."""

    name = "factdesk"
    verbose_name = "factdesk"
