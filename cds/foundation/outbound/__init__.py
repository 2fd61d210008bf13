"""Every call that we make to others: which servers, at which addresses, for how long and how much. The only owner of httpcore.

Nothing is called that a policy does not trust. No redirect is followed, no proxy of the environment is used, nothing is tried twice.
"""
