"""One module a verb: its options, and the call they lead to."""
