"""One module or folder per kind of source; its docstring is the source's manual."""
