"""How the review of each sample goes, one file each."""
