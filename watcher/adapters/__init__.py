"""Adapters: the code that talks to the outside world, one folder for each kind of port. Each vendor library is imported
in one folder only.
"""
