"""What else does not agree: who did it, what a number counts, what a hop made of the words before it, and the days.

Plain data in (``claims.numbers.facts``), findings out. Only what can be decided from the record is asked: nothing is
guessed of a text that is not held.
"""
