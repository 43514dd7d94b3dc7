#!/bin/sh
# Puts austen.txt beside this script: six novels of Jane Austen out of the Debian package r-cran-janeaustenr (1.6 MB). Nothing is
# installed. Needs apt-get (after an `apt-get update`), dpkg, python3 and sha256sum (or shasum).
set -eu

package=r-cran-janeaustenr
file=usr/lib/R/site-library/janeaustenr/data/Rdata.rdb
packed=8fb5198960d0da724b1562f96e4221e5c1b41ff455000280b02c55980c3d8f21
sum=65b434d16a8755142bfa95ba19c5f9abd0d30cf3dffe3b6793e834f9f56dcc96
here=$(cd "$(dirname "$0")" && pwd)
target=$here/austen.txt

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
# As the user of apt may not write into a private folder.
chmod 755 "$work"
(cd "$work" && apt-get download --quiet "$package" >/dev/null && dpkg -x "$package"_*.deb files)
check "$work/files/$file" "$packed"
python3 "$here/convert.py" "$work/files/$file" "$work/austen.txt"
check "$work/austen.txt" "$sum"
mv "$work/austen.txt" "$target"
echo "$target: $(wc -l <"$target" | tr -d ' ') lines"
