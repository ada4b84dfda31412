"""Read tables of faces over time: of OpenFace, py-feat, LibreFace and this program. One file a format."""
