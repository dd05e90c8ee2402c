"""The public REST API as a protocol: versions, rate limits, paging, queries, fields."""
