"""The web interface: a small server-rendered site where curators read about papers and decide, without any outside
service.
"""
