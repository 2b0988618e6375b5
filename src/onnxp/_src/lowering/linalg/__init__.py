"""Matrix decompositions as graphs, in float64: loops over blocks, and unrolled formulas for small matrices."""
