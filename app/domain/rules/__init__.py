"""The numbered checks of a designation request, and the engine that runs them."""
