"""What is shown: one module per figure, found by its `FIGURE`, drawn from the same arrays that the claims decide on."""
