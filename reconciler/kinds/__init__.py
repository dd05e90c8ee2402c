"""One module per managed kind; `registry` lists them, `state` holds what was observed. Pure."""
