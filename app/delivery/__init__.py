"""What leaves after commit: mail, webhooks, timers."""
