"""A first filling of an empty workspace: from a file, or people made up."""
