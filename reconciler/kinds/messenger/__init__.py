"""What a file says of the Messenger: how end users prove who they are, and which spaces they see."""
