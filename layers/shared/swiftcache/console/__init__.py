"""The console: a web page of files, served as they are."""
