"""Documents → text, Markdown, HTML, SARIF, JUnit, annotations, graphs. Pure: nothing here asks or writes."""
