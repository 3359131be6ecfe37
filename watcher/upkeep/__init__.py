"""Keeps the rows of the catalog correct.

A finding becomes a proposal, a curator decides, and the change is written: Finding -> Proposal -> ProposalDecision ->
ProposalOutcome. This is separate from the pipeline, which only adds rows. Each step takes what waits for it from the
database, so it can be killed at any time and run again.
"""
