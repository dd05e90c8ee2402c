"""Documents → what people and programs read. Nothing here knows a workspace or a plan, only documents."""
