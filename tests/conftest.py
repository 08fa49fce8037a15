"""Let every machine prove that threads change nothing, one with a single core too."""

import os

# Numba reads it when it is first imported, and offers as many threads as there are cores.
affinity = getattr(os, "sched_getaffinity", None)
cores = len(affinity(0)) if affinity else os.cpu_count() or 1
if cores < 2:
    os.environ.setdefault("NUMBA_NUM_THREADS", "2")
