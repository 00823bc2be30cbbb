"""Commands of ``mighub connectors`` that are more than a few lines."""
