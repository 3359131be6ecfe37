"""What the line is about, in plain frozen values. Imports the standard library only."""
