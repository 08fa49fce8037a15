"""Compiled code: options, vectors of draws, elementary functions, curves, seeds."""
