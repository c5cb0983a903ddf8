"""The steps, in the order of their names; one that was released is never edited."""
