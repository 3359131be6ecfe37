"""The web desk: a small server-rendered site where curators read cards and decide, without any outside service."""
