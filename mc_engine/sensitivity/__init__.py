"""Which assumptions drive an outcome: indices from stored rows, with intervals.

Nothing here calls a model. What no method may answer is refused; every index comes with the
range that holds the truth at a stated level, and every ranking with its ties.
"""
