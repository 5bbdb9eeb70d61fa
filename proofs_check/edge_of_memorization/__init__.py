"""Claims of "On the Edge of Memorization in Diffusion Models" (EM), one file each."""
