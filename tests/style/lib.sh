# SPDX-License-Identifier: Apache-2.0
#
# lib.sh - for tests of the checks and scripts of this tree.  Each makes a small
# tree of its own in a directory that goes away with the test:
#
#   tree                     a clean one, copied scripts included; cd into it
#   accepts NAME CMD ...     CMD has to succeed
#   refuses NAME TEXT CMD .. CMD has to fail and its output to match TEXT (ERE)
#   finish                   last line of a test: its status
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0
count=0
spdx='SPDX-License-Identifier: Apache-2.0'

tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/src/base" "$work/tree/src/net" "$work/tree/src/proto" "$work/tree/src/app"
	cd "$work/tree"
	cp -r "$root/scripts" "$root/.clang-format" "$root/.clang-tidy" .
	rm -rf scripts/__pycache__
	printf '/* %s */\nint ring_size(void);\n' "$spdx" >src/base/ring.h
	# shellcheck disable=SC1003
	printf '/* %s */\n#include "base/ring.h"\n\nint\nring_size(void)\n{\n\treturn 1;\n}\n' "$spdx" \
		>src/base/ring.c
}

verdict() { # status, name, output
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
		failed=1
	fi
}

accepts() {
	name=$1
	shift
	status=0
	out=$("$@" 2>&1 </dev/null) || status=$?
	verdict $status "$name" "status $status: $out"
}

refuses() {
	name=$1
	text=$2
	shift 2
	status=0
	out=$("$@" 2>&1 </dev/null) || status=$?
	good=1
	[ $status = 0 ] || ! printf '%s\n' "$out" | grep -Eq -- "$text" || good=0
	verdict $good "$name" "status $status, wanted failure and '$text': $out"
}

finish() {
	echo "1..$count"
	exit $failed
}
