"""Which assumptions decide the figures of a finished run."""
