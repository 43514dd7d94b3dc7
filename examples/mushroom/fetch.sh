#!/bin/sh
# Puts agaricus-lepiota.data beside this script: the mushroom table of the UCI repository, out of the package
# xgboost-sys 0.1.2 of the Rust registry. Nothing of the package is built or run. Needs cargo, tar and sha256sum (or shasum).
set -eu

package=xgboost-sys version=0.1.2
file=xgboost/demo/binary_classification/agaricus-lepiota.data
sum=e65d082030501a3ebcbcd7c9f7c71aa9d28fdfff463bf4cf4716a3fe13ac360e
here=$(cd "$(dirname "$0")" && pwd)
target=$here/agaricus-lepiota.data

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

if [ -f "$target" ] && [ "$(sha256 "$target")" = "$sum" ]; then
    echo "$target is there already"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# `cargo info` leaves the package in cargo's cache; run from an empty folder, so that no workspace has a say.
(cd "$work" && cargo info --quiet "$package@$version" >/dev/null)
for crate in "${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$package-$version.crate"; do
    [ -f "$crate" ] && tar xzf "$crate" -C "$work" "$package-$version/$file"
done

found=$work/$package-$version/$file
if [ ! -f "$found" ]; then
    echo "fetch.sh: $file was not found in $package $version" >&2
    exit 1
fi
if [ "$(sha256 "$found")" != "$sum" ]; then
    echo "fetch.sh: $file has the sha256 $(sha256 "$found"), expected $sum" >&2
    exit 1
fi
mv "$found" "$target"
echo "$target: $(wc -l <"$target" | tr -d ' ') rows"
