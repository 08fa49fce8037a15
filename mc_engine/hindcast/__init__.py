"""The past, scored, and the ensemble that it constrains."""
