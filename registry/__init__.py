"""The hub on the web: SDMX REST, submissions and pages. The only package that knows Flask."""
