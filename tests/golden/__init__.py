"""Stored results of 64 draws, and the command that makes them and compares with them.

::

    python -m tests.golden write             # replaces tests/golden/data/*.nc
    python -m tests.golden compare           # labels and numbers, within RTOL
    python -m tests.golden compare --bits    # not one bit may differ
"""
