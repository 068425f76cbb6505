"""How the API speaks, whatever it speaks of: a leaf that knows no domain.

``access`` who is asking and what they may, ``problems`` every refusal (RFC 9457), ``refusals`` the database's own,
``parameters`` what may stand after the question mark, ``filters`` and ``paging`` lists, ``fields`` how values are
written, ``views`` what every view does, ``schema`` how all of it is documented.

What is written: ``parsing`` and ``inputs`` bodies, ``conditions`` what somebody saw, ``acts`` what can be done and the
one way in for it, ``bulk`` many at once, ``idempotency`` what is sent twice.
"""
