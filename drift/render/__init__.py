"""Ways of showing a report: each a function from `Report` to text, nothing else."""
