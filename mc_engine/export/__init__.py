"""Exporters of finished runs to formats of other tools, one file each.

A module of this package that states ``EXPORTER`` is in the list; none does so yet.
"""
