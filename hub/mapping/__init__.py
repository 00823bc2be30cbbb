"""Structure maps executed on columns: SQL over a relation, and a consumer's key turned round."""
