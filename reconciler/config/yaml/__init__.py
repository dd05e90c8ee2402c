"""Bytes → plain values with positions, in bounded time and memory. Secrets are masked in the lines that are shown."""
