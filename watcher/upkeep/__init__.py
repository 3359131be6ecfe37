"""Keeps the existing rows of the catalog correct, separately from the pipeline, which adds rows for approved papers.

A difference found becomes a proposal, a curator decides, and the change is written: Finding -> Proposal ->
ProposalDecision -> ProposalOutcome. Each step takes what waits for it from the database, so it can be killed at any
time and run again.
"""
