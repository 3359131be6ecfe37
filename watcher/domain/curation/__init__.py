"""Cards, what people decide on them, audit samples and weekly reports."""
