from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PeopleConfig(AppConfig):
    name = "factdesk.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"


class DeskAdminConfig(AdminConfig):
    """Django's admin with the desk's own site, and so with the desk's own answer to who may do what."""

    default_site = "factdesk.people.site.DeskSite"
