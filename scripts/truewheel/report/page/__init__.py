"""The parts of the page that shows a report: elements, treemap, library graph, style and script."""
