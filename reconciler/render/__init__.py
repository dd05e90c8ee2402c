"""Render documents as text, Markdown, HTML, SARIF, JUnit, annotations and graphs. Pure: no requests, no output."""
