"""The assets, one module for each kind of work that makes them."""
