"""What touches the world: one folder per port; every vendor library lives in exactly one of them."""
