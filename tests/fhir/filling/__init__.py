"""The form that a person fills in: what is asked, what is read, and what is made of it."""
