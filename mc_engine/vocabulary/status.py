"""Status of a draw, and how many draws of a result may have failed."""

# A draw that ended well; every other code is a failure that its model names.
OK = 0
# Above this share of failed draws a result is refused: the rest would describe other priors.
MAX_FAILED_SHARE = 0.01
