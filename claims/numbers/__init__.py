"""Figures held against each other: plain data in, what does not agree out. Nothing here asks the database.

``numerals`` reads numbers in words, ``units`` says which units measure the same thing, ``intervals`` what a figure can
mean, ``scopes`` whether two figures are of the same thing, ``figures`` and ``shares`` what to ask an editor.
"""
