"""Release and facts to an assessment with its cards. Pure: no clock, file, network or state; the same input gives the same bytes."""
