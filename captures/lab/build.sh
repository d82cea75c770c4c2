#!/bin/sh
# Makes a guest: a Debian suite's kernel and Open vSwitch, packed as an initramfs.
#   build.sh SUITE        (bookworm, trixie, sid, ...)
# Leaves $LAB/SUITE/vmlinuz, base.cpio and versions.txt.  Needs root, mmdebstrap and cpio.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=${LAB:-${TMPDIR:-/tmp}/ovsdissect-lab}
suite=${1:?usage: build.sh SUITE}
guest=$lab/$suite
root=$guest/root

mkdir -p "$guest"
rm -rf "$root"

# dumpcap is all that is wanted of wireshark-common, and of the kernel's modules the network's; later patterns win.
mmdebstrap --variant=minbase --format=directory \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/wireshark/*' \
  --dpkgopt='path-exclude=/usr/lib/*/libwireshark.so*' \
  --dpkgopt='path-exclude=*/lib/modules/*/kernel/drivers/*' \
  --dpkgopt='path-exclude=*/lib/modules/*/kernel/fs/*' \
  --dpkgopt='path-exclude=*/lib/modules/*/kernel/sound/*' \
  --dpkgopt='path-include=*/lib/modules/*/kernel/drivers/net/*' \
  --dpkgopt='path-include=*/lib/modules/*/kernel/drivers/virtio/*' \
  --dpkgopt='path-include=*/lib/modules/*/kernel/fs/9p/*' \
  --dpkgopt='path-include=*/lib/modules/*/kernel/fs/fscache/*' \
  --dpkgopt='path-include=*/lib/modules/*/kernel/fs/netfs/*' \
  --dpkgopt='path-exclude=*/kernel/drivers/net/ethernet/*' \
  --dpkgopt='path-exclude=*/kernel/drivers/net/wireless/*' \
  --include="$(sed '/^#/d' "$here/packages.txt" | paste -sd, -)" \
  "$suite" "$root"

modules=$(find "$root/usr/lib/modules" "$root/lib/modules" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sed -n 1p)
kernel=$(basename "$modules")
chroot "$root" depmod "$kernel"
for image in "$root/boot/vmlinuz-$kernel" "$modules/vmlinuz"; do
  if [ -e "$image" ]; then cp "$image" "$guest/vmlinuz"; break; fi
done

install -m 755 "$here/guest/init" "$root/init"
(
  cd "$root"
  find . -xdev \( -path ./boot -o -path ./var/cache -o -path ./var/lib/apt -o -path ./usr/share/zoneinfo \) -prune -o -print0 |
    cpio --null --create --format=newc --quiet
) >"$guest/base.cpio"

{
  echo "suite $suite"
  echo "kernel $kernel"
  chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' openvswitch-switch iproute2 tcpdump python3-scapy wireshark-common
} >"$guest/versions.txt"
cat "$guest/versions.txt"
