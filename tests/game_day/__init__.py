"""Game day: faults on the local stack, and what must hold after each.

Belongs here: the faults (`faults`), what they happen to (`scene`), and showing the result. Does not
belong here: tests of one component, which know its faults better.
"""
