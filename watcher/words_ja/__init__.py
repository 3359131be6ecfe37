"""Every word a curator or operator reads, in Japanese. One file per place where it is shown."""
