"""Rules of screening (which papers the model is asked about), and statistics that measure it."""
