"""The compiled pass over a capture.

It interprets tables made from the grammar's rows. It is strict: any message that is not plainly well-formed is left to the tree.
Each module with a `.pxd` beside it is Python that Cython compiles as it stands; the `.pxd` holds its C types.
"""
