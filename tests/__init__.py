"""Tests of mc_engine; the folders mirror the package."""
