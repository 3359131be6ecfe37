"""All texts in Japanese that curators and operators read, one module for each place where they are shown."""
