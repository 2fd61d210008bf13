"""The types that rooms exchange, where they say more than their fields."""
