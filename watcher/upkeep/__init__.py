"""Keeping true what stands in the catalog: findings become proposals, curators decide, the catalog follows.

    Finding -> Proposal -> ProposalDecision -> ProposalOutcome

Beside the line, which only adds: every step takes what waits for it, so that any of them may be killed and run again.
"""
