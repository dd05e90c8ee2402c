"""Who calls, the tokens to call with, and the secrets that vouch for end users."""
