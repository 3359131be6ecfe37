"""Desks, where curators act: one folder per desk, all of them the same port."""
