"""Training and evaluation of screening, for the commands `evaluate`, `simulate` and `retrain`.

Nothing here changes past screenings; a newly trained prefilter is used for papers that come later.
"""
