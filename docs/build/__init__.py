"""Build the pages and figures that follow from the priors and the model."""
