"""The Japanese cells of a row, and the rules they must follow."""
