"""Which assumptions decide a miss: screening, indices, and what stored draws tell beside them."""
