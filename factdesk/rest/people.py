"""People of the desk, as whatever they did names them."""

from factdesk.people.models import User
from factdesk.rest.fields import Worked
from factdesk.rest.shown import Shown

_BLANK = "E' \\t\\n\\r\\f\\v'"


class PersonBrief(Shown[User]):
    """A person of the desk, by name."""

    name = Worked(
        f"coalesce(nullif(btrim({{row}}.first_name || ' ' || {{row}}.last_name, {_BLANK}), ''), {{row}}.username)",
        lambda person: person.get_full_name() or person.username,
        {"type": "string", "description": "As they are called, or as they sign in."},
    )

    class Meta:
        model = User
        form = "brief"
        fields = ("id", "name")
