#!/bin/sh
# Runs scenarios in a guest that build.sh made, one boot for all of them.
#   record.sh SUITE SCENARIO...
# Leaves $LAB/out/SUITE/SCENARIO/.  SMP, MEM (MiB), LIMIT (seconds until the guest is stopped) and ACCEL (QEMU's -accel) are read from the
# environment.  Needs qemu-system-x86_64; emulation is enough.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=${LAB:-${TMPDIR:-/tmp}/ovsdissect-lab}
[ $# -ge 2 ] || { echo "usage: record.sh SUITE SCENARIO..." >&2; exit 2; }
suite=$1
shift
[ -e "$lab/$suite/base.cpio" ] || { echo "record.sh: no guest $suite: run build.sh $suite first" >&2; exit 2; }
for scenario in "$@"; do
  [ -e "$here/guest/scenarios/$scenario.sh" ] || { echo "record.sh: no scenario $scenario" >&2; exit 2; }
done

share=$(mktemp -d "$lab/share.XXXXXX")
trap 'rm -rf "$share"' EXIT
mkdir "$share/out"
cp -r "$here/guest" "$share/"
printf '%s\n' "$@" >"$share/scenarios"

timeout "${LIMIT:-900}" qemu-system-x86_64 -accel "${ACCEL:-tcg,thread=multi}" -cpu max -smp "${SMP:-2}" -m "${MEM:-4096}" \
  -kernel "$lab/$suite/vmlinuz" -initrd "$lab/$suite/base.cpio" \
  -append "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off" -no-reboot -display none -nic none -serial stdio -monitor none \
  -virtfs "local,path=$share,mount_tag=share,security_model=none" </dev/null ||
  echo "record.sh: the guest was stopped or failed ($?)" >&2

missing=0
for scenario in "$@"; do
  out=$lab/out/$suite/$scenario
  rm -rf "$out"
  if [ -e "$share/out/$scenario/meta.json" ]; then
    mkdir -p "$lab/out/$suite"
    cp -r "$share/out/$scenario" "$out"
    cp "$share/out/dmesg.txt" "$out/" 2>/dev/null || true
    echo "$out"
  else
    echo "record.sh: $scenario was not finished" >&2
    missing=1
  fi
done
exit "$missing"
