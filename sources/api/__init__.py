"""Sources in the API: who says things, saved copies and marked words; one module a few resources."""
