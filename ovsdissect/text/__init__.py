"""A message as text: a row of a list, a summary, an outline of its tree, a line of CSV."""
