"""The files to publish and where they go: the dist folder, the index, pip's settings, the trusted publisher."""
