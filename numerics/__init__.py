"""What is measured: exact objectives, minimisation and real data. Imports `theory` and torch, never the checker."""
