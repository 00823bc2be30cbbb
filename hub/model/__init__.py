"""What the data path is made of: columns, schemas, findings, periods, actions. No I/O here."""
