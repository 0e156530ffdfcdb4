"""One JSON file per sample request, as a person would write it."""
