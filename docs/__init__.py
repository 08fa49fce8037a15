"""Pages of the documentation, and the scripts that build them."""
