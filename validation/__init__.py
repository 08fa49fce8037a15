"""Long studies that prove statistics and durability; see README.md."""
