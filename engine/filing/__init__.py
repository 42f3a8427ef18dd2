"""What a folder of pictures needs besides the enlarging: which there are, what their results are called, what is done.

- `listing` finds the pictures
- `naming` makes names from a template, and finds free ones
- `journal` remembers what was planned and done, so that a killed run goes on
- `planning` joins the three: for every picture, whether it is to be done and where its result goes
- `line` reads the next one and writes the last one meanwhile
- `failures` says why one failed, and whether the others would too
- `report` writes what became of each as CSV or JSON
"""
