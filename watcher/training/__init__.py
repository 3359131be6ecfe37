"""Evaluation of screening and triage against labels, for the commands `evaluate` and `simulate`. Nothing here changes
how papers are screened.
"""
