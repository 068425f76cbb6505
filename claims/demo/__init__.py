"""The demo town at work: invented people of the desk, and what they did, each act by the desk's own functions.

``acts`` is the literal list of what was done, ``acting`` does it. The record itself is in ``seeds/demo``; the five real
articles of ``seeds`` are never touched.
"""

from claims.demo.acting import PEOPLE, make_people, work

__all__ = ["PEOPLE", "make_people", "work"]
