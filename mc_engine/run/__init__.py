"""Running a plan: chunks of draws, a journal, and the collected datasets."""
