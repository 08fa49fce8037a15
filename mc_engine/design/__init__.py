"""Which points are drawn, and the compiled kernel that turns them into physical values."""
