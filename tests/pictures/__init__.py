"""The pictures of the docs, drawn anew by `python -m tests.pictures.comment`."""
