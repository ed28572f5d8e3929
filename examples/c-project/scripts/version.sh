#!/bin/sh
# Write a C header that holds the version: version.sh VERSION-FILE HEADER
# A header that already says the same is left alone, for tools that look at time stamps.
set -eu
version=$(cat "$1")
IFS=. read -r major minor patch < "$1"
cat > "$2.new" << EOF
#ifndef TALLY_VERSION_H
#define TALLY_VERSION_H

#define TALLY_VERSION "$version"
#define TALLY_VERSION_NUMBER $((major * 10000 + minor * 100 + patch))

#endif
EOF
if cmp -s "$2.new" "$2"; then rm "$2.new"; else mv "$2.new" "$2"; fi
