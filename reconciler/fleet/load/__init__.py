"""Files of a fleet: discovery, streams of documents, survey, conflicts, shards."""
