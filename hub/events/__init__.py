"""Telling subscribers: by signed webhook, by e-mail, by the registry's own notifications."""
