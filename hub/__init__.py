"""The library of the hub: model, messages, structures, validation, store, intake, queries."""
