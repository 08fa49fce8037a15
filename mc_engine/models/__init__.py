"""Models that satisfy the contract of ``mc_engine.model``."""
