"""Desks, the places where curators see cards and decide: one folder for each, all implementing ports.Desk."""
