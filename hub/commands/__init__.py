"""The commands of ``mighub`` that need neither the web nor a connector: one module each."""
