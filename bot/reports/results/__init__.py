"""The results of a round: gathered, said as a document and as JSON."""
