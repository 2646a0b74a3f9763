#!/bin/sh
# Fetches web-platform-tests into the folder $1: those that Node.js tests itself with, which are in Debian's source package
# of nodejs. It uses the mirror that apt is set up with, and needs no change to apt's own lists.
set -eu
into=$1
[ -e "$into/resources/testharness.js" ] && exit 0
command -v apt-get >/dev/null || { echo "apt-get is missing: name a copy of web-platform-tests yourself, as in make wpt WPT=DIR" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "apt knows no mirror of Debian: name a copy of web-platform-tests yourself, as in make wpt WPT=DIR" >&2; exit 1; }
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$work/sources.list"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >> "$work/sources.list"
apt() {
	command=$1
	shift
	"$command" -qq -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" "$@"
}
apt apt-get update
# Of the newest version that the mirror still has; apt checks the archive's digest.
for version in $(apt apt-cache showsrc nodejs | sed -n 's/^Version: //p' | sort -rV); do
	(cd "$work" && apt apt-get source --download-only --only-source "nodejs=$version" >/dev/null 2>&1) || true
	archive=$(find "$work" -maxdepth 1 -name 'nodejs_*.orig.tar.xz')
	[ -z "$archive" ] && continue
	mkdir -p "$into"
	tar -xJf "$archive" -C "$into" --wildcards '*/test/fixtures/wpt/*' --strip-components=4
	echo "the tests of nodejs $version are in $into"
	exit 0
done
echo "the mirror $mirror has no source of nodejs: name a copy of web-platform-tests yourself, as in make wpt WPT=DIR" >&2
exit 1
