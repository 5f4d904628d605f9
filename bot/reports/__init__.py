"""Reports: documents built from figures, and the forms in which they are written."""
