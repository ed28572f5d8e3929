"""How much has to change until it counts."""

SAME = 0.75  # histograms that correlate at least so well are of one slide
MOVED = 14.0  # a pixel that differs more (in L*a*b*) is not of the same picture
