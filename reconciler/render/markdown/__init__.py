"""Documents → Markdown for a pull request or an issue."""
