"""The shared vocabulary: axes, quantities, output variables, and what a model is given."""
