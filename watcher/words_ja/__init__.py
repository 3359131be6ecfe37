"""All Japanese texts for curators and operators, one module for each place where they are shown."""
