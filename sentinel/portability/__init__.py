"""Portability: what an engine refuses or computes otherwise, found before the engine sees it.

Belongs here: reading compiled SQL, one module of rules for each engine that cannot be run on a
laptop. Does not belong here: how macros get round a difference, and comparing rows; see `parity`.
"""
