"""The ways a claim's state may go: the whole table, and nothing else (DOMAIN.md §1).

The database's trigger is made from this table; the functions of ``claims.workflow`` read it.
"""

from claims.vocabularies import Action, State

#: (state before, action) -> state after
TRANSITIONS: dict[tuple[str, str], str] = {
    (State.NEW, Action.TAKE): State.IN_CHECK,
    (State.IN_CHECK, Action.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Action.SIGN_OFF): State.SIGNED_OFF,
    (State.IN_REVIEW, Action.SEND_BACK): State.IN_CHECK,
    (State.SIGNED_OFF, Action.REOPEN): State.IN_CHECK,
    (State.NEW, Action.CLOSE): State.CLOSED,
    (State.IN_CHECK, Action.CLOSE): State.CLOSED,
    (State.IN_REVIEW, Action.CLOSE): State.CLOSED,
    (State.SIGNED_OFF, Action.CLOSE): State.CLOSED,
    (State.CLOSED, Action.REOPEN): State.NEW,
}

#: Going backwards and closing ask for a reason; going forwards never does.
NEEDS_REASON = frozenset({Action.SEND_BACK, Action.REOPEN, Action.CLOSE})
