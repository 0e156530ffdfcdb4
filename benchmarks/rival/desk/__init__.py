"""The rival: a plain Django REST Framework desk for the same drafts, as one would write it without this house."""
