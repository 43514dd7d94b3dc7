#!/bin/sh
# The text of this example is that of chargpt.
set -eu
exec "$(dirname "$0")/../chargpt/fetch.sh"
