"""Tests of the road-fleet model."""
