"""How well single movements of the face are measured, on drawn people."""
