"""Slow, independent evaluations that the fast code is compared with."""
