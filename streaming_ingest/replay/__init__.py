"""Replay: rejected records once more, and stretches of history once more.

Belongs here: reading quarantine, delivering from it what is now valid, and having the models take
delivered batches again. Does not belong here: how a batch is delivered, or what models do with it.
"""
