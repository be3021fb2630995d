"""Reports and rehearsals as HTML pages."""
