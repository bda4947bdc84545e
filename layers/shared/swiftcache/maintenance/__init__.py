"""What has to be done to running instances by a time: told, begun in their windows, put off, tried again."""
