"""Read tables of OpenFace, py-feat, LibreFace and this program: one file a format."""
