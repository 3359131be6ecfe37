"""The user interfaces ("desks": Slack, web …) where curators read messages about papers and decide; each implements
ports.Desk in a folder of its own.
"""
