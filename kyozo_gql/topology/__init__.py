"""What a folder is: a tree in, detections, dependencies and recommendations out. Pure: no I/O but reading the tree given."""
