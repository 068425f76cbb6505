"""The pages on which the desk works all day: Today, the queue, the annotated copy, the lawyer's view.

The bargain: a page reads what it shows in a fixed number of queries, and each thing done on it is one call of one
function of the desk, as everywhere. They stand inside the admin: its sign-in, its head, its style.
"""
