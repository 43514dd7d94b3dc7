#!/bin/sh
# Puts the folder fashion-mnist beside this script: the four files of Fashion-MNIST, out of the Debian package
# dataset-fashion-mnist (31 MB). Nothing is installed and no rights of root are needed. Needs apt-get and dpkg with a
# current list of packages (`apt-get update`), gzip and sha256sum.
set -eu

package=dataset-fashion-mnist
here=$(cd "$(dirname "$0")" && pwd)
target=$here/fashion-mnist
# Of the files as they are behind gzip, so that another version of the package may have packed them otherwise.
sums="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888 train-images-idx3-ubyte
bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9 train-labels-idx1-ubyte
5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b t10k-images-idx3-ubyte
0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34 t10k-labels-idx1-ubyte"

# Whether all four files are in a folder; the second argument says whether to tell what is wrong.
checked() {
    echo "$sums" | while read -r sum file; do
        if [ ! -f "$1/$file.gz" ]; then
            [ "$2" = quiet ] || echo "fetch.sh: $file.gz was not found in $package" >&2
            exit 1
        fi
        is=$(gzip -dc "$1/$file.gz" | sha256sum | cut -d ' ' -f 1)
        if [ "$is" != "$sum" ]; then
            [ "$2" = quiet ] || echo "fetch.sh: $file has the sha256 $is, expected $sum" >&2
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
# apt-get tells root that it writes the file as root: that is meant.
(cd "$work" && apt-get download --quiet=2 "$package" 2>/dev/null && dpkg -x "$package"_*.deb .) || {
    echo "fetch.sh: apt-get has no $package; is the list of packages there (apt-get update)?" >&2
    exit 1
}
found=$work/usr/share/datasets/fashion-mnist
checked "$found" loud

mkdir -p "$target"
echo "$sums" | while read -r sum file; do
    mv "$found/$file.gz" "$target/$file.gz"
done
echo "$target: 60,000 images to train and 10,000 to test"
