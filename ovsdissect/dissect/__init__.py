"""The grammar applied to bytes: the tree of a message, its problems, and the context (ids, names, request and reply) that a message
stands in.
"""
