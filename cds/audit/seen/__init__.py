"""What must be remembered of callers for minutes: tokens that were seen, and how often somebody called, for all workers of a host or of several."""
