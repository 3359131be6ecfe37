"""What people may ask, the same for every desk."""
