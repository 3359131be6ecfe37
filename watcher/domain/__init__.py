"""Values and rules of the product, free of input and output. Imports the standard library only."""
