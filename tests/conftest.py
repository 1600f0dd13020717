"""Nothing but a place: pytest puts the folder above this package on the path, so that every
conftest.py below can import `tests.support`.
"""
