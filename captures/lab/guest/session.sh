# What the guest does: the scenarios that the share's file `scenarios` names, one after the other, each in /out/NAME.
export GUEST=/lab
cp -r /mnt/guest "$GUEST"
ip link set lo up
hostname guest
sysctl -qw kernel.panic=-1 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0

while read -r SCENARIO; do
  export SCENARIO OUT="/out/$SCENARIO"
  mkdir -p "$OUT"
  echo "$(date +%T) $SCENARIO begins"
  (
    cd "$OUT" || exit
    . "$GUEST/stage.sh"
    . "$GUEST/scenarios/$SCENARIO.sh"
  ) >"$OUT/run.log" 2>&1 </dev/null
  echo "$(date +%T) $SCENARIO ends with $?"
  mkdir -p "/mnt/out/$SCENARIO"
  cp -r "$OUT/." "/mnt/out/$SCENARIO/"
  ip -all netns delete
  for device in /sys/class/net/*; do
    case ${device##*/} in lo | nlmon0) ;; *) ip link delete "${device##*/}" 2>/dev/null ;; esac
  done
done </mnt/scenarios
dmesg >/mnt/out/dmesg.txt
