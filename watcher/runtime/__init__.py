"""Runs a deployment: scheduler, jobs, desks and monitor, in one process or several."""
