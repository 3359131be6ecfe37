"""Measuring and training what screens: labels and papers from files, evaluation, simulation, training.

Beside the line: nothing here changes what was screened; a newly trained prefilter is taken up by what comes after.
"""
