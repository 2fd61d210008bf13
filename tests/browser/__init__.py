"""What a person sees: pages and forms in a real browser."""
