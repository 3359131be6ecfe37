"""Alarms and the figures of a deployment."""
