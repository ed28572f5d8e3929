file(READ ${IN} word)
string(STRIP "${word}" word)
file(WRITE ${OUT} "#define LIMIT \"${word}\"\n")
