"""The bench: what factdesk takes, each beside the limit of the database under it, in one interleaved run.

The bargain: machines are noisy, so a figure alone says nothing; ours and the limit's are measured in turn
(A B A B …) and their ratio is what counts. Nothing here is part of the product, and nothing of the product imports it.
"""
