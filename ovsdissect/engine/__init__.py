"""The compiled pass over a capture: it interprets tables made from the grammar's rows, strictly, and leaves to the tree whatever is not
plain.

Each module with a `.pxd` beside it is Python that Cython compiles as it stands; the `.pxd` holds its C types.
"""
