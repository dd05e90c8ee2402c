"""The first configuration file and a team's CI workflows."""
