"""What is uncertain: priors read strictly, frozen and hashed."""
