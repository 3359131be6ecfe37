"""Services that every desk calls on behalf of people: audit samples, inquiries and proposals. The service for cards is
watcher/stages/decide.py.
"""
