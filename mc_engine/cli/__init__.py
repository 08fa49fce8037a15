"""The ``mc-engine`` command."""
