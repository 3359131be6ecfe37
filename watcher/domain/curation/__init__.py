"""Cards, curators' decisions on them, audit samples and weekly reports."""
