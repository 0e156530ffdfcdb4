"""The rival: a plain Django REST Framework service that does the part of the work that both can do."""
