"""The core's own commands.

Belongs here: commands that need nothing but the core. Does not belong here: logic.
"""
