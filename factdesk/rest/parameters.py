"""What may stand after the question mark. Silence is no answer: whatever is not understood is refused, by name."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from django.http import QueryDict

from factdesk.rest.problems import BadQuery, Wrong, wrong_parameter


def check(query: QueryDict, known: Collection[str], repeatable: Collection[str] = ()) -> None:
    """Refuse unknown, empty and wrongly repeated parameters, all at once, with a 400 that names them.

    An unknown one is told what it may have meant and what there is.
    """
    wrong = [fault for name, values in query.lists() for fault in _faults(name, values, known, repeatable)]
    if wrong:
        raise BadQuery(*wrong)


def _faults(name: str, values: Sequence[object], known: Collection[str], repeatable: Collection[str]) -> list[Wrong]:
    told = f"'{name[:100]}'"
    if name not in known:
        near = get_close_matches(name[:100], known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        listed = f" Known: {', '.join(sorted(known))}." if known else " This takes none."
        return [wrong_parameter(name, "unknown_parameter", f"{told} is not a parameter here.{hint}{listed}")]
    if any(value == "" for value in values):
        return [wrong_parameter(name, "blank", f"{told} is empty; leave it out instead.")]
    if any("\0" in str(value) for value in values):
        return [wrong_parameter(name, "null_character", f"{told} holds a NUL character.")]
    if len(values) > 1 and name not in repeatable:
        return [wrong_parameter(name, "repeated", f"{told} is given more than once.")]
    return []


def named(query: QueryDict, parameter: str, known: Collection[str]) -> list[str]:
    """What ``?fields=`` or ``?expand=`` (comma-separated lists) names; nothing where it is not given."""
    if parameter not in query:
        return []
    listed = str(query[parameter]).split(",")
    strange = [name for name in listed if name not in known]
    if strange:
        told = ", ".join(f"'{name[:100]}'" for name in strange[:10])
        detail = f"No such field: {told}. Known: {', '.join(sorted(known))}."
        raise BadQuery(wrong_parameter(parameter, "unknown_field", detail))
    return listed
