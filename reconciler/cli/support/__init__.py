"""What several verbs need: files, databases, forges, interrupts."""
