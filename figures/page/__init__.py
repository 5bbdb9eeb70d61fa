"""The page of results: one HTML file that holds every verdict, card, figure and number, and needs nothing else."""
