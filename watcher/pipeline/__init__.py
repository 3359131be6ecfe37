"""The pipeline: the stages that a paper goes through from feed entry to catalog row, and the runs that drive them."""
