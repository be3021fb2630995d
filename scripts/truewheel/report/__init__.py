"""What programs print: to a terminal, to GitHub Actions, as JSON, as HTML pages. Nothing else prints."""
