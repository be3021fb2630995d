"""What is published and where: the dist folder, the index, pip's settings, the trusted publisher."""
