"""Alarms, health checks, and the figures of a deployment (metrics)."""
