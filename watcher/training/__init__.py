"""Evaluation of screening, for the commands `evaluate` and `simulate`. Nothing here changes what screens."""
