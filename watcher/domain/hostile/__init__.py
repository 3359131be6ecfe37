"""Prompt injection and other hostile text, found and kept apart."""
