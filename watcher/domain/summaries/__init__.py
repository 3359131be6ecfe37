"""The Japanese cells and the rules they must keep."""
