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
