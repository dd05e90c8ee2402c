"""The Messenger: identity of end users, and its spaces."""
