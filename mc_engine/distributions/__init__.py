"""Distributions of one number: one file per family, and what all families share."""
