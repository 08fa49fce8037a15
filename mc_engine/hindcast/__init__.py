"""Hindcasts: skill scores, importance sampling of the posterior, and backtests."""
