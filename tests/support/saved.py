"""The last module that is imported in the process from which commands are forked (commands.py).

A look for garbage in a forked process would copy all that it shares with that one, page by page.
"""

import gc

gc.collect()
gc.freeze()
