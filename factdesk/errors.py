"""Refusals. A rule of the desk that is broken is told as written, to people and to programs; never a 500."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A request that breaks a rule of the desk.

    ``code`` is stable and meant for programs, ``status`` is the HTTP status that an API answers with,
    ``facts`` are the plain values that the message speaks of. When one is raised, nothing has changed.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: str, **facts: Any) -> None:
        self.facts = facts
        super().__init__(message)


class NotAllowed(DomainError):
    """The person's role does not include what was asked."""

    code = "not_allowed"
    status = 403


class BadInput(DomainError):
    """What was handed in cannot be read; ``problems`` lists every one, each with its place."""

    code = "bad_input"
    status = 400

    def __init__(self, message: str, problems: list[dict[str, Any]]) -> None:
        self.problems = problems
        super().__init__(message, problems=problems)


class NoSuchRecord(DomainError):
    """There is no record of this sort and number that this person may see."""

    code = "no_such_record"
    status = 404

    def __init__(self, sort: str, number: int) -> None:
        super().__init__(f"There is no {sort} {number}.", sort=sort, number=number)


class StaleVersion(DomainError):
    """The record has changed since the person looked at it. ``record`` has ``pk`` and ``version``."""

    code = "stale_version"
    status = 412

    def __init__(self, record: Any, seen: int, sort: str = "claim") -> None:
        told = f"This {sort} has changed since you looked: it is at version {record.version}, you saw {seen}."
        super().__init__(told, sort=sort, number=record.pk, seen=seen, now=record.version)


class ReasonNeeded(DomainError):
    """Going backwards and closing ask for a reason."""

    code = "reason_needed"
    status = 400
