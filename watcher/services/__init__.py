"""Services that every desk calls for people: audit samples, inquiries and proposals. The one for cards is
watcher/stages/decide.py.
"""
